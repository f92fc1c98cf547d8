import type { Identity } from '../auth/credential';
import type { Endpoint } from '../net/endpoint';
import { type Integrity, INTEGRITY_SHA1 } from '../stun/integrity';
import { MessageReader } from '../stun/message-reader';
import { Flow } from './flow';

/** The message in hand and what is known of who sent it. One object serves all messages. */
export class Request {
  readonly message = new MessageReader();
  flow!: Flow;
  /** Monotonic milliseconds. */
  now = 0;
  /** Is FINGERPRINT to be mirrored? RFC 8489 7: a server uses it where the client does. */
  fingerprint = false;
  /** Long-term key that the message proved to know; replies are signed with it. */
  key: Uint8Array | undefined;
  /** How replies are signed. */
  integrity: Integrity = INTEGRITY_SHA1;
  identity: Identity | undefined;
  /**
   * Of a ConnectionBind: who is at the control connection. Its nonces are good for the data connection as well, for
   * clients in the field bring them along (RFC 6062 4.3).
   */
  controlClient: Endpoint | undefined;

  begin(flow: Flow, now: number, fingerprint: boolean): void {
    this.flow = flow;
    this.now = now;
    this.fingerprint = fingerprint;
    this.key = undefined;
    this.integrity = INTEGRITY_SHA1;
    this.identity = undefined;
    this.controlClient = undefined;
  }
}
