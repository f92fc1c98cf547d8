import { ErrorCode, MessageClass, REASON_PHRASES } from '../stun/constants';
import type { Integrity } from '../stun/integrity';
import { MessageWriter } from '../stun/message-writer';
import type { Flow } from './flow';
import type { Request } from './request';
import { HEADROOM, type Sink } from './sink';
import type { TrafficByName } from './traffic';

/** Larger than any answer: a success response with every attribute, or 420 with as many types as a message can hold. */
const MAX_REPLY = 1280;

type WriteAttributes = (writer: MessageWriter) => unknown;

/** What an answer is signed and addressed with. */
export interface ReplyTo {
  readonly flow: Flow;
  readonly method: number;
  readonly transactionId: Uint8Array;
  readonly transactionOffset: number;
  readonly key: Uint8Array | undefined;
  readonly integrity: Integrity;
  readonly fingerprint: boolean;
}

/** Writes answers into one buffer and sends them at once. */
export class Reply {
  private readonly bytes = new Uint8Array(HEADROOM + MAX_REPLY);
  private readonly writer = new MessageWriter();

  constructor(
    private readonly sink: Sink,
    private readonly listeners: TrafficByName,
    /** Whether a request may be answered: who is not authenticated may have had enough. */
    private readonly mayAnswer: (request: Request) => boolean,
  ) {}

  success(request: Request, write?: WriteAttributes): void {
    if (this.mayAnswer(request)) this.send(addressee(request), MessageClass.Success, write);
  }

  /** An error response. It has a phrase for who is authenticated only: others may have been forged to reflect it. */
  error(request: Request, code: ErrorCode, write?: WriteAttributes): void {
    if (!this.mayAnswer(request)) return;
    this.send(addressee(request), MessageClass.Error, writer => {
      writer.errorCode(code, request.key === undefined ? '' : REASON_PHRASES[code]);
      write?.(writer);
    });
  }

  /** 420, with the types that were not understood (RFC 8489 6.3.1). */
  unknownAttributes(request: Request, types: readonly number[]): void {
    this.error(request, ErrorCode.UnknownAttribute, writer => writer.unknownAttributes(types));
  }

  send(to: ReplyTo, messageClass: MessageClass, write?: WriteAttributes): void {
    const { writer } = this;
    writer.begin(this.bytes, HEADROOM, messageClass, to.method, to.transactionId, to.transactionOffset);
    write?.(writer);
    if (to.key !== undefined) writer.messageIntegrity(to.key, to.integrity);
    if (to.fingerprint) writer.fingerprint();
    const length = writer.end();
    this.listeners.of(to.flow.listener).sent(length);
    this.sink.sendToClient(to.flow, this.bytes, HEADROOM, length);
  }
}

/** How to answer a request once its bytes are gone. Its flow must last: a stream's does. */
export function replyLater(request: Request): ReplyTo {
  return { ...addressee(request), transactionId: request.message.transactionId(), transactionOffset: 0 };
}

function addressee({ message, flow, key, integrity, fingerprint }: Request): ReplyTo {
  return {
    flow,
    method: message.method,
    transactionId: message.bytes,
    transactionOffset: message.transactionIdOffset,
    key,
    integrity,
    fingerprint,
  };
}
