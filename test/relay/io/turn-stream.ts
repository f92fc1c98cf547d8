import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { Attribute, MessageClass } from '../../../relay/src/stun/constants';
import { longTermKey } from '../../../relay/src/stun/integrity';
import { MessageWriter } from '../../../relay/src/stun/message-writer';
import { ALICE, type Answer, readAnswer } from '../turn/harness';
import { eventually } from './support';

const { username, password } = ALICE as { username: string; password: string };

/** A TURN client on a real TCP connection: requests with credentials, and whatever bytes come after its messages. */
export class TurnStream {
  received = Buffer.alloc(0);
  ended = false;
  private realm = '';
  private nonce = '';
  private transactions = 0;

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => (this.received = Buffer.concat([this.received, chunk])));
    socket.on('end', () => (this.ended = true));
    socket.on('error', () => undefined);
  }

  static async open(port: number, allowHalfOpen = true): Promise<TurnStream> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
    await once(socket, 'connect');
    return new TurnStream(socket);
  }

  /** Answers one challenge on the way. `behind` follows the request in the same write. */
  async request(method: number, attributes?: (writer: MessageWriter) => unknown, behind = ''): Promise<Answer> {
    if (this.nonce === '') {
      this.socket.write(this.message(method));
      const challenge = await this.nextMessage();
      this.realm = challenge.text(Attribute.Realm)!;
      this.nonce = challenge.text(Attribute.Nonce)!;
    }
    this.socket.write(Buffer.concat([this.message(method, attributes), Buffer.from(behind)]));
    return this.nextMessage();
  }

  async nextMessage(): Promise<Answer> {
    const length = (): number => 20 + this.received.readUInt16BE(2);
    await eventually('a message', () => this.received.length >= 20 && this.received.length >= length());
    const end = length();
    const message = this.received.subarray(0, end);
    this.received = this.received.subarray(end);
    return readAnswer(message);
  }

  private message(method: number, attributes?: (writer: MessageWriter) => unknown): Buffer {
    const bytes = Buffer.alloc(2048);
    const transaction = Buffer.alloc(12, ++this.transactions);
    const writer = new MessageWriter().begin(bytes, 0, MessageClass.Request, method, transaction, 0);
    attributes?.(writer);
    if (this.nonce !== '') {
      writer.text(Attribute.Username, username).text(Attribute.Realm, this.realm).text(Attribute.Nonce, this.nonce);
      writer.messageIntegrity(longTermKey(username, this.realm, password));
    }
    return bytes.subarray(0, writer.end());
  }
}
