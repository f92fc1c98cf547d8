import { createHash } from 'node:crypto';
import { Endpoint } from '../src/net/endpoint';
import { Attribute, MessageClass, Method } from '../src/stun/constants';
import { MessageReader } from '../src/stun/message-reader';
import { MessageWriter } from '../src/stun/message-writer';

/** Sends a request and returns the answer that came, or undefined. */
export type Exchange = (request: Uint8Array) => Uint8Array | undefined | Promise<Uint8Array | undefined>;

const UDP = 17;
const TRIES = 5;

/** What one client asks of a TURN server before media flow. */
export class TurnSession {
  /** Relayed transport address. */
  readonly relayed = new Endpoint();
  private realm = '';
  private nonce = '';
  private readonly bytes = new Uint8Array(1024);
  private readonly transaction = new Uint8Array(12);

  constructor(
    private readonly exchange: Exchange,
    private readonly username: string,
    private readonly password: string,
    id: number,
  ) {
    new DataView(this.transaction.buffer).setUint32(4, id);
  }

  async allocate(family: 4 | 6): Promise<void> {
    const answer = await this.request(Method.Allocate, writer => {
      writer.uint32(Attribute.RequestedTransport, UDP << 24);
      if (family === 6) writer.uint32(Attribute.RequestedAddressFamily, 2 << 24);
    });
    if (!answer.xorAddress(answer.find(Attribute.XorRelayedAddress), this.relayed))
      throw new Error('no relayed address');
  }

  async permit(peer: Endpoint): Promise<void> {
    await this.request(Method.CreatePermission, writer => writer.xorAddress(Attribute.XorPeerAddress, peer));
  }

  async bind(channel: number, peer: Endpoint): Promise<void> {
    await this.request(Method.ChannelBind, writer =>
      writer.uint32(Attribute.ChannelNumber, channel * 0x10000).xorAddress(Attribute.XorPeerAddress, peer),
    );
  }

  /** Keeps the allocation for as long again (RFC 8656 8). */
  async refresh(): Promise<void> {
    await this.request(Method.Refresh, () => undefined);
  }

  /** Deletes the allocation (RFC 8656 8). Sent again, it finds none: 437 says as much. */
  async release(): Promise<void> {
    await this.request(Method.Refresh, writer => writer.uint32(Attribute.Lifetime, 0), 437);
  }

  private async request(
    method: number,
    attributes: (writer: MessageWriter) => unknown,
    accepted?: number,
  ): Promise<MessageReader> {
    let code = 0;
    for (let attempt = 0; attempt < TRIES; attempt++) {
      const answer = await this.attempt(method, attributes);
      if (answer === undefined) continue;
      if (answer.messageClass === MessageClass.Success) return answer;
      const error = answer.uint32(Attribute.ErrorCode) ?? 0;
      code = ((error >> 8) & 7) * 100 + (error & 0xff);
      if (code === accepted) return answer;
      if (code !== 401 && code !== 438) break;
      this.realm = answer.text(Attribute.Realm) ?? this.realm;
      this.nonce = answer.text(Attribute.Nonce) ?? '';
    }
    throw new Error(`method ${method} failed (got ${code === 0 ? 'no answer' : code})`);
  }

  private async attempt(
    method: number,
    attributes: (writer: MessageWriter) => unknown,
  ): Promise<MessageReader | undefined> {
    const writer = new MessageWriter().begin(this.bytes, 0, MessageClass.Request, method, this.transaction, 0);
    attributes(writer);
    if (this.nonce !== '') {
      writer.text(Attribute.Username, this.username).text(Attribute.Realm, this.realm);
      writer.text(Attribute.Nonce, this.nonce);
      const key = createHash('md5').update(`${this.username}:${this.realm}:${this.password}`).digest();
      writer.messageIntegrity(key);
    }
    const answer = await this.exchange(this.bytes.subarray(0, writer.end()));
    // Without an answer the same transaction is sent again (RFC 8489 6.2.1), or the server would see another request.
    if (answer !== undefined) this.transaction[0]!++;
    const reader = new MessageReader();
    return answer !== undefined && reader.read(answer, 0, answer.length) ? reader : undefined;
  }
}
