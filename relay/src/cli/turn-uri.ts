import { isIP } from 'node:net';
import type { Transport } from '../turn/flow';
import { UsageError } from './flags';

/** One listener and one user, told on the command line: a relay without any configuration. */
export interface TurnUri {
  readonly username: string;
  readonly password: string;
  /** IP address or host name, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly transport: Transport;
}

const FORM = 'turn://USER:PASSWORD@HOST[:PORT][?transport=udp|tcp|tls|dtls]';

export function isTurnUri(text: string): boolean {
  return /^turns?:/i.test(text);
}

/**
 * Reads `turn://user:password@host:port?transport=udp`. User and password may be percent-encoded. With `turns` the
 * transports `tcp` and `udp` stand for `tls` and `dtls`, as in RFC 7065 3.1, and the default port is 5349.
 *
 * @throws UsageError that says what is wrong, and shows nothing of the user and the password.
 */
export function parseTurnUri(text: string): TurnUri {
  const uri = URL.canParse(text) ? new URL(text) : undefined;
  if (uri === undefined || !isTurnUri(text) || uri.hostname === '') {
    throw new UsageError(`the TURN URI is not readable (got ${withoutUser(text)}): ${FORM}`);
  }
  if (uri.username === '' || uri.password === '') {
    throw new UsageError(`the TURN URI has no user or no password (got ${withoutUser(text)}): ${FORM}`);
  }
  const secure = uri.protocol === 'turns:';
  const port = uri.port === '' ? (secure ? 5349 : 3478) : Number(uri.port);
  if (port === 0) throw new UsageError('the port of the TURN URI is out of range (got 0): 1 to 65535');
  return {
    username: decode(uri.username),
    password: decode(uri.password),
    host: hostOf(uri),
    port,
    transport: transportOf(uri.searchParams.get('transport'), secure),
  };
}

function transportOf(text: string | null, secure: boolean): Transport {
  switch (text?.toLowerCase() ?? (secure ? 'tcp' : 'udp')) {
    case 'udp':
      return secure ? 'dtls' : 'udp';
    case 'tcp':
      return secure ? 'tls' : 'tcp';
    case 'tls':
      return 'tls';
    case 'dtls':
      return 'dtls';
    default:
      throw new UsageError(`the TURN URI has an unknown transport (got ${text ?? ''}): udp, tcp, tls or dtls`);
  }
}

function hostOf({ hostname }: URL): string {
  const bare = hostname.replace(/^\[|\]$/g, '');
  return isIP(bare) === 6 ? bare : decode(hostname);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UsageError('the TURN URI has a broken percent-encoding: write %25 for a percent sign itself');
  }
}

/** Only what stands behind the last @ is surely no secret. */
function withoutUser(text: string): string {
  return `…${text.includes('@') ? text.slice(text.lastIndexOf('@')) : ''}`;
}
