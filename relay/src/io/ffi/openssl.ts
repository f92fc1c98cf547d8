import { loadKoffi, type Koffi } from './koffi';

declare const kind: unique symbol;
/** The address of an object of OpenSSL's, 0 if there is none; whoever made it frees it, once. */
type Pointer<Kind extends string> = number & { readonly [kind]?: Kind };

export type SslContext = Pointer<'SSL_CTX'>;
export type Ssl = Pointer<'SSL'>;
export type Bio = Pointer<'BIO'>;
export type X509 = Pointer<'X509'>;
export type PrivateKey = Pointer<'EVP_PKEY'>;
type Method = Pointer<'SSL_METHOD'>;
type BioMethod = Pointer<'BIO_METHOD'>;
type BioAddress = Pointer<'BIO_ADDR'>;
type Callback = Pointer<'function'>;

/**
 * The calls of OpenSSL's that DTLS needs: all of them, and no others. OpenSSL sees a buffer of ours during the call
 * only, and copies what it keeps.
 */
interface Calls {
  DTLS_server_method(): Method;
  SSL_CTX_new(method: Method): SslContext;
  SSL_CTX_free(context: SslContext): void;
  SSL_CTX_ctrl(context: SslContext, command: number, long: number, pointer: number): number;
  SSL_CTX_set_options(context: SslContext, options: number): number;
  SSL_CTX_set_cipher_list(context: SslContext, ciphers: string): number;
  SSL_CTX_set_cookie_generate_cb(context: SslContext, callback: Callback): void;
  SSL_CTX_set_cookie_verify_cb(context: SslContext, callback: Callback): void;
  SSL_CTX_set_alpn_select_cb(context: SslContext, callback: Callback, argument: number): void;
  SSL_CTX_use_certificate(context: SslContext, certificate: X509): number;
  SSL_CTX_use_PrivateKey(context: SslContext, key: PrivateKey): number;
  SSL_CTX_check_private_key(context: SslContext): number;
  SSL_select_next_proto(
    out: number,
    outLength: number,
    server: Uint8Array,
    serverLength: number,
    client: number,
    clientLength: number,
  ): number;

  SSL_new(context: SslContext): Ssl;
  SSL_free(ssl: Ssl): void;
  /** The session frees both. */
  SSL_set_bio(ssl: Ssl, read: Bio, write: Bio): void;
  SSL_ctrl(ssl: Ssl, command: number, long: number, pointer: number): number;
  SSL_accept(ssl: Ssl): number;
  SSL_read(ssl: Ssl, into: Uint8Array, length: number): number;
  SSL_write(ssl: Ssl, bytes: Uint8Array, length: number): number;
  SSL_shutdown(ssl: Ssl): number;
  SSL_get_error(ssl: Ssl, result: number): number;
  DTLSv1_listen(ssl: Ssl, client: BioAddress): number;

  BIO_new(method: BioMethod): Bio;
  BIO_free(bio: Bio): number;
  BIO_s_mem(): BioMethod;
  BIO_s_dgram_mem(): BioMethod;
  BIO_read(bio: Bio, into: Uint8Array, length: number): number;
  BIO_write(bio: Bio, bytes: Uint8Array, length: number): number;
  BIO_ctrl_pending(bio: Bio): number;
  BIO_ADDR_new(): BioAddress;

  PEM_read_bio_X509(bio: Bio, into: number, passphrase: number, argument: number): X509;
  PEM_read_bio_PrivateKey(bio: Bio, into: number, passphrase: number, argument: string): PrivateKey;
  X509_free(certificate: X509): void;
  EVP_PKEY_free(key: PrivateKey): void;

  ERR_clear_error(): void;
  ERR_peek_last_error(): number;
  ERR_reason_error_string(code: number): string | null;

  /** The C library's, for what OpenSSL's callbacks are given: either end may be an address. */
  memcpy(to: number | Uint8Array, from: number | Uint8Array, length: number): number;
}

const SIGNATURES = [
  'uintptr_t DTLS_server_method()',
  'uintptr_t SSL_CTX_new(uintptr_t)',
  'void SSL_CTX_free(uintptr_t)',
  'long SSL_CTX_ctrl(uintptr_t, int, long, uintptr_t)',
  'uint64_t SSL_CTX_set_options(uintptr_t, uint64_t)',
  'int SSL_CTX_set_cipher_list(uintptr_t, const char *)',
  'void SSL_CTX_set_cookie_generate_cb(uintptr_t, uintptr_t)',
  'void SSL_CTX_set_cookie_verify_cb(uintptr_t, uintptr_t)',
  'void SSL_CTX_set_alpn_select_cb(uintptr_t, uintptr_t, uintptr_t)',
  'int SSL_CTX_use_certificate(uintptr_t, uintptr_t)',
  'int SSL_CTX_use_PrivateKey(uintptr_t, uintptr_t)',
  'int SSL_CTX_check_private_key(uintptr_t)',
  'int SSL_select_next_proto(uintptr_t, uintptr_t, void *, unsigned int, uintptr_t, unsigned int)',
  'uintptr_t SSL_new(uintptr_t)',
  'void SSL_free(uintptr_t)',
  'void SSL_set_bio(uintptr_t, uintptr_t, uintptr_t)',
  'long SSL_ctrl(uintptr_t, int, long, uintptr_t)',
  'int SSL_accept(uintptr_t)',
  'int SSL_read(uintptr_t, void *, int)',
  'int SSL_write(uintptr_t, void *, int)',
  'int SSL_shutdown(uintptr_t)',
  'int SSL_get_error(uintptr_t, int)',
  'int DTLSv1_listen(uintptr_t, uintptr_t)',
  'uintptr_t BIO_new(uintptr_t)',
  'int BIO_free(uintptr_t)',
  'uintptr_t BIO_s_mem()',
  'uintptr_t BIO_s_dgram_mem()',
  'int BIO_read(uintptr_t, void *, int)',
  'int BIO_write(uintptr_t, void *, int)',
  'size_t BIO_ctrl_pending(uintptr_t)',
  'uintptr_t BIO_ADDR_new()',
  'uintptr_t PEM_read_bio_X509(uintptr_t, uintptr_t, uintptr_t, uintptr_t)',
  'uintptr_t PEM_read_bio_PrivateKey(uintptr_t, uintptr_t, uintptr_t, const char *)',
  'void X509_free(uintptr_t)',
  'void EVP_PKEY_free(uintptr_t)',
  'void ERR_clear_error()',
  'unsigned long ERR_peek_last_error()',
  'const char *ERR_reason_error_string(unsigned long)',
  'uintptr_t memcpy(void *, void *, size_t)',
];

/** Who answers for cookies during a call. */
export interface CookieKeeper {
  make(): Uint8Array;
  isValid(cookie: Uint8Array): boolean;
}

/** DTLS1_COOKIE_LENGTH: the longest that OpenSSL has room for. */
const MAX_COOKIE = 255;
const ACKNOWLEDGED = 0;
/** SSL_TLSEXT_ERR_NOACK: go on without a protocol. */
const NOT_ACKNOWLEDGED = 3;
/** OPENSSL_NPN_NEGOTIATED. */
const NEGOTIATED = 1;

/** Node's own OpenSSL, with what a JavaScript function must answer for it. */
export class OpenSsl {
  /** OpenSSL wants to write down whom it has heard; datagrams in memory come from nobody. */
  private readonly nobody: BioAddress;
  private readonly makeCookie: Callback;
  private readonly verifyCookie: Callback;
  private readonly selectProtocol: Callback;
  private keeper: CookieKeeper | undefined;
  private readonly uint32 = new Uint32Array(1);
  private readonly bytes = new Uint8Array(this.uint32.buffer);

  private constructor(
    readonly calls: Calls,
    koffi: Koffi,
    /** Protocols to select from, each with its length in front (RFC 7301 3.1). OpenSSL reads on in it after the call. */
    private readonly protocols: Uint8Array,
  ) {
    this.nobody = calls.BIO_ADDR_new();
    const pointer = 'uintptr_t';
    const callback = (given: string[], answer: Answer, otherwise: number): Callback =>
      Number(koffi.register(guarded(answer, otherwise), koffi.pointer(koffi.proto('int', given))));
    this.makeCookie = callback([pointer, pointer, pointer], (_, into, length) => this.make(into, length), 0);
    this.verifyCookie = callback([pointer, pointer, 'uint'], (_, cookie, length) => this.verify(cookie, length), 0);
    this.selectProtocol = callback(
      [pointer, pointer, pointer, pointer, 'uint', pointer],
      (_, out, outLength, offered, length) => this.select(out, outLength, offered, length),
      NOT_ACKNOWLEDGED,
    );
  }

  /**
   * @param protocols to select from where a client offers some, the first first
   * @param library where OpenSSL is; null: in the Node.js that runs
   * @throws Error if it is not there, or lacks a call.
   */
  static load(protocols: readonly string[], library: string | null = null): OpenSsl {
    const koffi = loadKoffi();
    const program = koffi.load(library);
    const missing: string[] = [];
    const calls = Object.fromEntries(
      SIGNATURES.map(signature => {
        const name = /(\w+)\(/.exec(signature)![1]!;
        try {
          return [name, program.func(signature)];
        } catch {
          missing.push(name);
          return [name, undefined];
        }
      }),
    );
    if (missing.length > 0) {
      const where = library ?? `Node.js ${process.version}`;
      throw new Error(`OpenSSL lacks calls (got ${where} without ${missing.join(', ')}): OpenSSL 3.2 or later`);
    }
    return new OpenSsl(calls as unknown as Calls, koffi, protocolList(protocols));
  }

  /** Gives a context the answers that are given here. */
  setCallbacks(context: SslContext): void {
    this.calls.SSL_CTX_set_cookie_generate_cb(context, this.makeCookie);
    this.calls.SSL_CTX_set_cookie_verify_cb(context, this.verifyCookie);
    this.calls.SSL_CTX_set_alpn_select_cb(context, this.selectProtocol, 0);
  }

  /** DTLSv1_listen: true once a ClientHello has brought a valid cookie. */
  listen(ssl: Ssl, keeper: CookieKeeper): boolean {
    return this.asking(keeper, () => this.calls.DTLSv1_listen(ssl, this.nobody)) === 1;
  }

  /** SSL_accept. The first after `listen` asks the keeper once more. */
  accept(ssl: Ssl, keeper?: CookieKeeper): number {
    return this.asking(keeper, () => this.calls.SSL_accept(ssl));
  }

  /** Why the last call has failed, in OpenSSL's words: names of causes, nothing of what it was given. */
  takeError(): string {
    const { calls } = this;
    const reason = calls.ERR_reason_error_string(calls.ERR_peek_last_error());
    calls.ERR_clear_error();
    return reason ?? 'no reason given';
  }

  private asking(keeper: CookieKeeper | undefined, call: () => number): number {
    this.keeper = keeper;
    try {
      return call();
    } finally {
      this.keeper = undefined;
    }
  }

  private make(into: number, length: number): number {
    if (this.keeper === undefined) return 0;
    const cookie = this.keeper.make();
    this.calls.memcpy(into, cookie, cookie.length);
    this.uint32[0] = cookie.length;
    this.calls.memcpy(length, this.bytes, this.bytes.length);
    return 1;
  }

  private verify(address: number, length: number): number {
    if (this.keeper === undefined || length === 0 || length > MAX_COOKIE) return 0;
    const cookie = new Uint8Array(length);
    this.calls.memcpy(cookie, address, length);
    return this.keeper.isValid(cookie) ? 1 : 0;
  }

  private select(out: number, outLength: number, offered: number, length: number): number {
    const { calls, protocols } = this;
    const result = calls.SSL_select_next_proto(out, outLength, protocols, protocols.length, offered, length);
    return result === NEGOTIATED ? ACKNOWLEDGED : NOT_ACKNOWLEDGED;
  }
}

type Answer = (...given: number[]) => number;

/** An exception must not go through C: it means no. */
function guarded(answer: Answer, no: number): Answer {
  return (...given) => {
    try {
      return answer(...given);
    } catch {
      return no;
    }
  };
}

function protocolList(protocols: readonly string[]): Uint8Array {
  return Buffer.concat(protocols.map(name => Buffer.from([name.length, ...Buffer.from(name)])));
}
