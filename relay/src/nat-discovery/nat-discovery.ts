import { Endpoint } from '../net/endpoint';
import { Attribute, ErrorCode, MessageClass, Method } from '../stun/constants';
import { fingerprintMatches } from '../stun/integrity';
import { MessageReader } from '../stun/message-reader';
import { MessageWriter } from '../stun/message-writer';
import { OTHER_ADDRESS, OTHER_PORT, type Origins } from './origins';

/** Flags of CHANGE-REQUEST (RFC 5780 7.2). */
const CHANGE_ADDRESS = 0x4;
const CHANGE_PORT = 0x2;
/** More than an Ethernet frame holds, jumbo frames too: what is longer than the path's MTU is what clients want. */
const MAX_PADDING = 9216;
/** Header and every attribute but PADDING, with IPv6 addresses; and UNKNOWN-ATTRIBUTES of 64 types. */
const MAX_RESPONSE = 256 + MAX_PADDING;

const KNOWN_ATTRIBUTES: ReadonlySet<number> = new Set([
  Attribute.ChangeRequest,
  Attribute.Padding,
  Attribute.ResponsePort,
]);

/** Sends a datagram from the origin of this number. The bytes are valid during the call. */
export type SendFrom = (origin: number, to: Endpoint, bytes: Uint8Array, offset: number, length: number) => void;

/**
 * NAT behaviour discovery (RFC 5780): Binding requests that choose where their answer comes from and goes to. It needs
 * no memory of its clients, and shares nothing with TURN.
 *
 * Whoever forges a source gains nothing by it: an answer has no more PADDING than its request, and `mayAnswer` limits
 * how many one source gets.
 */
export class NatDiscovery {
  private readonly message = new MessageReader();
  private readonly writer = new MessageWriter();
  private readonly response = new Uint8Array(MAX_RESPONSE);
  private readonly padding = new Uint8Array(MAX_PADDING);
  private readonly to = new Endpoint();

  /** @param mayAnswer asked before each answer; takes it from the budget of the source. */
  constructor(
    private readonly origins: Origins,
    private readonly send: SendFrom,
    private readonly mayAnswer: (source: Endpoint, now: number) => boolean,
  ) {}

  /** One datagram to the origin of this number. Never throws, whatever the bytes. */
  handle(origin: number, source: Endpoint, bytes: Uint8Array, offset: number, length: number, now: number): void {
    const { message } = this;
    if (!message.read(bytes, offset, length)) return;
    if (message.method !== Method.Binding || message.messageClass !== MessageClass.Request) return;
    if (!fingerprintMatches(message) || !this.mayAnswer(source, now)) return;

    const unknown = message.unknownRequired(KNOWN_ATTRIBUTES);
    if (unknown.length > 0) {
      this.answer(origin, source, MessageClass.Error, () =>
        this.writer.errorCode(ErrorCode.UnknownAttribute).unknownAttributes(unknown),
      );
    } else if (this.isMalformed()) {
      this.answer(origin, source, MessageClass.Error, () => this.writer.errorCode(ErrorCode.BadRequest));
    } else {
      this.succeed(origin, source);
    }
  }

  /** PADDING and RESPONSE-PORT do not go together (RFC 5780 6.1): nobody shall fragment what a third port gets. */
  private isMalformed(): boolean {
    const { message } = this;
    const [change, port] = [message.find(Attribute.ChangeRequest), message.find(Attribute.ResponsePort)];
    if (change >= 0 && message.valueLength(change) !== 4) return true;
    if (port < 0) return false;
    return message.valueLength(port) !== 4 || message.uint16(Attribute.ResponsePort) === 0 || this.paddingLength >= 0;
  }

  private get paddingLength(): number {
    const index = this.message.find(Attribute.Padding);
    return index < 0 ? -1 : this.message.valueLength(index);
  }

  private succeed(origin: number, source: Endpoint): void {
    const { message, writer, origins, paddingLength } = this;
    const flags = message.uint32(Attribute.ChangeRequest) ?? 0;
    const from =
      origin ^ ((flags & CHANGE_ADDRESS) !== 0 ? OTHER_ADDRESS : 0) ^ ((flags & CHANGE_PORT) !== 0 ? OTHER_PORT : 0);
    const to = this.to.copyFrom(source).setPort(message.uint16(Attribute.ResponsePort) ?? source.port);
    this.answer(from, to, MessageClass.Success, () => {
      writer.xorAddress(Attribute.XorMappedAddress, source).address(Attribute.MappedAddress, source);
      writer.address(Attribute.ResponseOrigin, origins[from]!);
      writer.address(Attribute.OtherAddress, origins[origin ^ OTHER_ADDRESS ^ OTHER_PORT]!);
      if (paddingLength >= 0) writer.bytes(Attribute.Padding, this.padding, 0, Math.min(paddingLength, MAX_PADDING));
    });
  }

  private answer(from: number, to: Endpoint, messageClass: MessageClass, write: () => unknown): void {
    const { message, writer, response } = this;
    writer.begin(response, 0, messageClass, Method.Binding, message.bytes, message.transactionIdOffset);
    write();
    if (message.has(Attribute.Fingerprint)) writer.fingerprint();
    this.send(from, to, response, 0, writer.end());
  }
}
