import type { Bio, CookieKeeper, OpenSsl, Ssl } from '../ffi/openssl';
import type { DtlsContext } from './dtls-context';

/** Longest plaintext of a record (RFC 6347 4.1 by RFC 5246 6.2.1). */
export const MAX_PLAINTEXT = 16_384;
/** Longer than any record. */
const MAX_DATAGRAM = 65_535;

/** Command of SSL_ctrl. */
const HANDLE_TIMEOUT = 74;

/** Results of SSL_get_error that are no faults. */
const WANT_READ = 2;
const WANT_WRITE = 3;

/** How far a step has led: `wait` for more datagrams, or `over`, be it by a fault or by the client's close_notify. */
export type Step = 'done' | 'wait' | 'over';

/** Sends what OpenSSL has made. The bytes are valid during the call only. */
export type Transmit = (bytes: Uint8Array, length: number) => void;

/** What came from OpenSSL last: each is used up before the next comes. */
const outgoing = new Uint8Array(MAX_DATAGRAM);

/**
 * One SSL object of OpenSSL's and two datagram queues in memory around it: what `put` is given waits in one for the next
 * step, and what a step makes is transmitted when it ends. After `free` nothing happens any more.
 */
export class DtlsAssociation {
  private readonly ssl: Ssl;
  private readonly incoming: Bio;
  private readonly made: Bio;
  private freed = false;

  constructor(
    private readonly openssl: OpenSsl,
    context: DtlsContext,
  ) {
    const { calls } = openssl;
    this.ssl = context.newSession();
    this.incoming = calls.BIO_new(calls.BIO_s_dgram_mem());
    this.made = calls.BIO_new(calls.BIO_s_dgram_mem());
    calls.SSL_set_bio(this.ssl, this.incoming, this.made);
  }

  /** Hands in a datagram. False if it is too long to be one of DTLS. */
  put(datagram: Uint8Array): boolean {
    if (this.freed) return false;
    return this.openssl.calls.BIO_write(this.incoming, datagram, datagram.length) === datagram.length;
  }

  /** Answers a ClientHello without cookie, and forgets it. True if it had a valid one: then the handshake may start. */
  listen(cookies: CookieKeeper, transmit: Transmit): boolean {
    if (this.freed) return false;
    this.openssl.calls.ERR_clear_error();
    const proven = this.openssl.listen(this.ssl, cookies);
    this.openssl.calls.ERR_clear_error();
    this.transmitMade(transmit);
    if (!proven) this.discardIncoming();
    return proven;
  }

  /** Goes on with the handshake. @param cookies only in the first step, which looks at the ClientHello again */
  handshake(transmit: Transmit, cookies?: CookieKeeper): Step {
    if (this.freed) return 'over';
    this.openssl.calls.ERR_clear_error();
    const step = this.stepOf(this.openssl.accept(this.ssl, cookies));
    this.transmitMade(transmit);
    return step;
  }

  /** Sends the last messages of the handshake again if the client has been silent for too long (RFC 6347 4.2.4). */
  retransmit(transmit: Transmit): Step {
    if (this.freed) return 'over';
    const result = this.openssl.calls.SSL_ctrl(this.ssl, HANDLE_TIMEOUT, 0, 0);
    this.transmitMade(transmit);
    return result < 0 ? 'over' : 'wait';
  }

  /** Decrypts one record into a buffer of `MAX_PLAINTEXT` bytes. Positive: its length; what is no good is left out. */
  read(into: Uint8Array, transmit: Transmit): number | Exclude<Step, 'done'> {
    if (this.freed) return 'over';
    this.openssl.calls.ERR_clear_error();
    const result = this.openssl.calls.SSL_read(this.ssl, into, into.length);
    const step = this.stepOf(result);
    this.transmitMade(transmit);
    return step === 'done' ? result : step;
  }

  /** Encrypts one record. False if it could not. */
  write(plaintext: Uint8Array, transmit: Transmit): boolean {
    if (this.freed) return false;
    this.openssl.calls.ERR_clear_error();
    const result = this.openssl.calls.SSL_write(this.ssl, plaintext, plaintext.length);
    this.transmitMade(transmit);
    return result === plaintext.length;
  }

  /** Says close_notify. */
  shutdown(transmit: Transmit): void {
    if (this.freed) return;
    this.openssl.calls.SSL_shutdown(this.ssl);
    this.openssl.calls.ERR_clear_error();
    this.transmitMade(transmit);
  }

  free(): void {
    if (this.freed) return;
    this.freed = true;
    this.openssl.calls.SSL_free(this.ssl);
  }

  private stepOf(result: number): Step {
    if (result > 0) return 'done';
    const error = this.openssl.calls.SSL_get_error(this.ssl, result);
    this.openssl.calls.ERR_clear_error();
    return error === WANT_READ || error === WANT_WRITE ? 'wait' : 'over';
  }

  /** What one client has sent must not be taken for another's. */
  private discardIncoming(): void {
    const { calls } = this.openssl;
    while (calls.BIO_ctrl_pending(this.incoming) > 0 && calls.BIO_read(this.incoming, outgoing, outgoing.length) > 0);
  }

  private transmitMade(transmit: Transmit): void {
    const { calls } = this.openssl;
    while (!this.freed && calls.BIO_ctrl_pending(this.made) > 0) {
      const length = calls.BIO_read(this.made, outgoing, outgoing.length);
      if (length <= 0) return;
      transmit(outgoing, length);
    }
  }
}
