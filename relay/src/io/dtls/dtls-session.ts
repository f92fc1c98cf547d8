import type { Flow } from '../../turn/flow';
import type { Clock } from '../clock';
import type { Counts } from '../counts';
import type { CookieKeeper } from '../ffi/openssl';
import { MAX_PLAINTEXT, type DtlsAssociation, type Transmit } from './dtls-association';
import type { DtlsLimits } from './dtls-limits';

/** What sessions share, and whom they tell. */
export interface DtlsHost {
  readonly limits: DtlsLimits;
  readonly counts: Counts;
  readonly clock: Clock;
  message(flow: Flow, bytes: Uint8Array, offset: number, length: number): void;
}

/** Who is told what becomes of a session. */
export interface DtlsWatcher {
  /** The handshake is over, and messages may follow. */
  established(session: DtlsSession): void;
  /** Nothing follows. */
  closed(session: DtlsSession): void;
}

/** Records come one at a time, so one buffer holds each message while the core handles it. */
const plaintext = new Uint8Array(MAX_PLAINTEXT);

/** One client's DTLS session, from the ClientHello that has proven its address on: messages in, records out. */
export class DtlsSession {
  private state: 'handshake' | 'established' | 'closed' = 'handshake';
  /** When the session is closed, unless a message puts it off. */
  private deadline: number;

  constructor(
    readonly flow: Flow,
    private readonly association: DtlsAssociation,
    private readonly transmit: Transmit,
    private readonly host: DtlsHost,
    private readonly watchers: readonly DtlsWatcher[],
  ) {
    this.deadline = host.clock() + host.limits.handshakeTimeout;
  }

  get isEstablished(): boolean {
    return this.state === 'established';
  }

  /** Answers the ClientHello that the association has listened to. */
  start(cookies: CookieKeeper): void {
    this.handshake(cookies);
  }

  /** Takes a datagram. True if it brought a message. */
  receive(datagram: Uint8Array): boolean {
    if (!this.association.put(datagram)) {
      this.host.counts.add('too long');
      return false;
    }
    if (this.state === 'handshake') this.handshake();
    return this.state === 'established' && this.readAll();
  }

  send(bytes: Uint8Array, offset: number, length: number): void {
    if (this.state !== 'established') this.host.counts.add('no session');
    else if (length > MAX_PLAINTEXT) this.host.counts.add('too long');
    else if (!this.association.write(bytes.subarray(offset, offset + length), this.transmit)) {
      this.host.counts.add('not encrypted');
    }
  }

  /** Retransmits in a handshake, and closes a session whose deadline has passed. */
  sweep(now: number): void {
    if (now >= this.deadline) {
      this.host.counts.add(this.state === 'handshake' ? 'handshake timed out' : 'timed out');
      this.close();
    } else if (this.state === 'handshake' && this.association.retransmit(this.transmit) === 'over') {
      this.fail();
    }
  }

  /** Ends the session, with a close_notify if the client can read it. */
  close(): void {
    if (this.state === 'established') this.association.shutdown(this.transmit);
    this.drop();
  }

  /** Ends the session without a word. */
  drop(): void {
    if (this.state === 'closed') return;
    this.state = 'closed';
    this.association.free();
    for (const watcher of this.watchers) watcher.closed(this);
  }

  private handshake(cookies?: CookieKeeper): void {
    const step = this.association.handshake(this.transmit, cookies);
    if (step === 'over') this.fail();
    if (step !== 'done') return;
    this.state = 'established';
    this.deadline = this.host.clock() + this.host.limits.firstMessageTimeout;
    for (const watcher of this.watchers) watcher.established(this);
  }

  private fail(): void {
    this.host.counts.add('DTLS handshake failed');
    this.close();
  }

  /** A datagram may hold several records; any of them may end the session, and so may what the core does with it. */
  private readAll(): boolean {
    let any = false;
    for (;;) {
      const length = this.association.read(plaintext, this.transmit);
      if (length === 'over') this.close();
      if (typeof length === 'string') return any;
      any = true;
      this.deadline = this.host.clock() + this.host.limits.idleTimeout;
      this.host.message(this.flow, plaintext, 0, length);
    }
  }
}
