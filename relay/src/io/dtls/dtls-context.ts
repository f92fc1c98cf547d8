import type { OpenSsl, Ssl, SslContext } from '../ffi/openssl';
import type { Certificate } from '../stream-server';

const DTLS1_2_VERSION = 0xfefd;
/** Forward secrecy and authenticated encryption only, which every DTLS 1.2 library of today has (RFC 9325 4.2). */
const CIPHERS = 'ECDHE+AESGCM:ECDHE+CHACHA20';
/** Bytes of a datagram in a handshake, which fits any path that TURN is used on. */
const MTU = 1200;

/** Commands of SSL_CTX_ctrl and SSL_ctrl. */
const SET_MTU = 17;
const SET_MODE = 33;
const SET_SESSION_CACHE_MODE = 44;
const ADD_CHAIN_CERTIFICATE = 89;
const SET_MIN_VERSION = 123;

const MODE_RELEASE_BUFFERS = 0x10;
const SESSION_CACHE_OFF = 0;
const NO_QUERY_MTU = 2 ** 12;
const NO_TICKET = 2 ** 14;
const CIPHER_SERVER_PREFERENCE = 2 ** 22;
const NO_RENEGOTIATION = 2 ** 30;

/** What the sessions of one certificate have in common. A renewed certificate is a new context, for new sessions. */
export class DtlsContext {
  private freed = false;

  private constructor(
    private readonly openssl: OpenSsl,
    private readonly context: SslContext,
  ) {}

  /** @throws Error if the certificate cannot be used. Its text holds nothing of it. */
  static of(openssl: OpenSsl, { cert, key }: Certificate): DtlsContext {
    const { calls } = openssl;
    calls.ERR_clear_error();
    const context = calls.SSL_CTX_new(calls.DTLS_server_method());
    if (context === 0) throw new Error(`no DTLS context: ${openssl.takeError()}`);
    try {
      setOptions(openssl, context);
      useCertificates(openssl, context, cert);
      usePrivateKey(openssl, context, key);
      return new DtlsContext(openssl, context);
    } catch (error) {
      calls.SSL_CTX_free(context);
      throw error;
    }
  }

  /** @throws Error if there is no memory left, or the context is freed. */
  newSession(): Ssl {
    const { calls } = this.openssl;
    if (this.freed) throw new Error('no DTLS session: its context is freed');
    const ssl = calls.SSL_new(this.context);
    if (ssl === 0) throw new Error(`no DTLS session: ${this.openssl.takeError()}`);
    calls.SSL_ctrl(ssl, SET_MTU, MTU, 0);
    return ssl;
  }

  /** OpenSSL keeps it for as long as sessions of it live. */
  free(): void {
    if (this.freed) return;
    this.freed = true;
    this.openssl.calls.SSL_CTX_free(this.context);
  }
}

function setOptions(openssl: OpenSsl, context: SslContext): void {
  const { calls } = openssl;
  calls.SSL_CTX_set_options(context, NO_QUERY_MTU + NO_TICKET + CIPHER_SERVER_PREFERENCE + NO_RENEGOTIATION);
  calls.SSL_CTX_ctrl(context, SET_MIN_VERSION, DTLS1_2_VERSION, 0);
  calls.SSL_CTX_ctrl(context, SET_MODE, MODE_RELEASE_BUFFERS, 0);
  calls.SSL_CTX_ctrl(context, SET_SESSION_CACHE_MODE, SESSION_CACHE_OFF, 0);
  check(openssl, calls.SSL_CTX_set_cipher_list(context, CIPHERS), 'no cipher is to be had');
  openssl.setCallbacks(context);
}

/** The first certificate is the server's, the others are the chain that leads from it to one the client trusts. */
function useCertificates(openssl: OpenSsl, context: SslContext, pem: string): void {
  const { calls } = openssl;
  reading(openssl, pem, bio => {
    const own = calls.PEM_read_bio_X509(bio, 0, 0, 0);
    check(openssl, own, 'the certificate is not readable');
    const used = calls.SSL_CTX_use_certificate(context, own);
    calls.X509_free(own);
    check(openssl, used, 'the certificate cannot be used');
    for (let next = calls.PEM_read_bio_X509(bio, 0, 0, 0); next !== 0; next = calls.PEM_read_bio_X509(bio, 0, 0, 0)) {
      const added = calls.SSL_CTX_ctrl(context, ADD_CHAIN_CERTIFICATE, 1, next);
      calls.X509_free(next);
      check(openssl, added, 'the certificate chain cannot be used');
    }
    calls.ERR_clear_error();
  });
}

function usePrivateKey(openssl: OpenSsl, context: SslContext, pem: string): void {
  const { calls } = openssl;
  reading(openssl, pem, bio => {
    // An empty passphrase, or OpenSSL would ask for one at the terminal.
    const key = calls.PEM_read_bio_PrivateKey(bio, 0, 0, '');
    check(openssl, key, 'the private key is not readable');
    const used = calls.SSL_CTX_use_PrivateKey(context, key);
    calls.EVP_PKEY_free(key);
    check(openssl, used, 'the private key does not belong to the certificate');
    check(openssl, calls.SSL_CTX_check_private_key(context), 'the private key does not belong to the certificate');
  });
}

function reading(openssl: OpenSsl, pem: string, read: (bio: number) => void): void {
  const { calls } = openssl;
  const bytes = Buffer.from(pem);
  const bio = calls.BIO_new(calls.BIO_s_mem());
  try {
    calls.BIO_write(bio, bytes, bytes.length);
    read(bio);
  } finally {
    calls.BIO_free(bio);
  }
}

function check(openssl: OpenSsl, result: number, otherwise: string): void {
  if (result <= 0) throw new Error(`${otherwise}: ${openssl.takeError()}`);
}
