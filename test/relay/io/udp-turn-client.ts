import { Endpoint } from '../../../relay/src/net/endpoint';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { longTermKey } from '../../../relay/src/stun/integrity';
import { MessageWriter } from '../../../relay/src/stun/message-writer';
import { ALICE, type Answer, readAnswer } from '../turn/harness';
import { UdpPeer } from './support';

const { username, password } = ALICE as { username: string; password: string };

type Attributes = (writer: MessageWriter) => unknown;

/** A TURN client on a real UDP socket. Requests are sent again until they are answered, as RFC 8489 6.2.1 asks. */
export class UdpTurnClient {
  private realm = '';
  private nonce = '';
  private transactions = 0;

  private constructor(
    private readonly socket: UdpPeer,
    private readonly relay: number,
  ) {}

  /** @param relay the relay's port on 127.0.0.1 */
  static async open(relay: number): Promise<UdpTurnClient> {
    return new UdpTurnClient(await UdpPeer.bind('127.0.0.1'), relay);
  }

  get port(): number {
    return this.socket.port;
  }

  async request(method: number, attributes?: Attributes): Promise<Answer> {
    for (;;) {
      const answer = await this.exchange(method, attributes);
      const nonce = answer.text(Attribute.Nonce);
      if ((answer.code !== 401 && answer.code !== 438) || nonce === undefined || nonce === this.nonce) return answer;
      this.realm = answer.text(Attribute.Realm)!;
      this.nonce = nonce;
    }
  }

  async allocate(attributes?: Attributes): Promise<Answer> {
    return this.request(Method.Allocate, writer => {
      writer.uint32(Attribute.RequestedTransport, 17 << 24);
      attributes?.(writer);
    });
  }

  async bind(channel: number, peer: number): Promise<Answer> {
    return this.request(Method.ChannelBind, writer =>
      writer
        .uint32(Attribute.ChannelNumber, channel * 0x10000)
        .xorAddress(Attribute.XorPeerAddress, Endpoint.of('127.0.0.2', peer)),
    );
  }

  channelData(channel: number, text: string): void {
    const header = Buffer.alloc(4);
    header.writeUInt16BE(channel, 0);
    header.writeUInt16BE(text.length, 2);
    this.socket.send(Buffer.concat([header, Buffer.from(text)]), this.relay, '127.0.0.1');
  }

  /** What has come by channels. */
  get data(): string[] {
    return this.socket.received
      .filter(({ bytes }) => bytes[0]! >> 6 === 1)
      .map(({ bytes }) => bytes.subarray(4, 4 + bytes.readUInt16BE(2)).toString());
  }

  close(): void {
    this.socket.close();
  }

  private async exchange(method: number, attributes?: Attributes): Promise<Answer> {
    const tag = ++this.transactions;
    const bytes = this.message(method, tag, attributes);
    const find = () =>
      this.socket.received.find(({ bytes: each }) => each[0]! >> 6 === 0 && each.readUInt32BE(16) === tag);
    for (let attempt = 0; attempt < 5; attempt++) {
      this.socket.send(bytes, this.relay, '127.0.0.1');
      for (let i = 0; i < 50 && find() === undefined; i++) await new Promise(resolve => setTimeout(resolve, 10));
      const found = find();
      if (found !== undefined) return readAnswer(found.bytes);
    }
    throw new Error(`no answer to a request of method ${method}`);
  }

  private message(method: number, tag: number, attributes?: Attributes): Buffer {
    const bytes = Buffer.alloc(2048);
    const transaction = Buffer.alloc(12);
    transaction.writeUInt32BE(tag, 8);
    const writer = new MessageWriter().begin(bytes, 0, MessageClass.Request, method, transaction, 0);
    attributes?.(writer);
    if (this.nonce !== '') {
      writer.text(Attribute.Username, username).text(Attribute.Realm, this.realm).text(Attribute.Nonce, this.nonce);
      writer.messageIntegrity(longTermKey(username, this.realm, password));
    }
    return bytes.subarray(0, writer.end());
  }
}

/** A peer that sends everything back. */
export async function echoPeer(): Promise<UdpPeer> {
  const peer = await UdpPeer.bind('127.0.0.2');
  peer.socket.on('message', (bytes, { address, port }) => peer.send(bytes, port, address));
  return peer;
}
