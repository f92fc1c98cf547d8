import { OpenSsl } from '../ffi/openssl';
import { ALPN } from '../stream-server';

let loaded: OpenSsl | Error | undefined;

/** OpenSSL for all DTLS of this thread, looked for once. @throws Error if DTLS is not to be had here; its text says why. */
export function dtlsLibrary(): OpenSsl {
  loaded ??= load();
  if (loaded instanceof Error) throw loaded;
  return loaded;
}

function load(): OpenSsl | Error {
  try {
    return OpenSsl.load(ALPN);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return new Error(`no DTLS here: ${reason}; use TURN-UDP, or TURN-TLS for encryption`);
  }
}
