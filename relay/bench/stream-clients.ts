import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { setImmediate as turn } from 'node:timers/promises';
import type { Clients, OnClientMessage, OnPeerData } from './clients';
import { LOOPBACK } from './scenario';
import type { BenchSocket, Sockets } from './sockets';
import { StreamMessages } from './stream-messages';
import type { Exchange } from './turn-session';

const PATIENCE_MS = 5000;
/** The same for all servers, or their preferences would be compared; Debian's coturn has nothing newer. */
const TLS = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', rejectUnauthorized: false } as const;

interface Client {
  readonly socket: Socket;
  /** What is to be sent, together. */
  readonly queue: Buffer[];
  /** Takes the answer to the request under way. */
  answer?: (message: Uint8Array) => void;
}

/** A connection each, and a datagram socket for the peer. */
export class StreamClients implements Clients {
  private readonly clients: Client[] = [];
  private readonly waiting = new Set<Client>();

  constructor(
    private readonly transport: 'tcp' | 'tls',
    private readonly port: number,
    private readonly sockets: Sockets,
    private readonly peer: BenchSocket,
    private readonly onPeerData: OnPeerData,
    private readonly onMessage: OnClientMessage,
  ) {}

  async open(): Promise<Exchange> {
    const { port, transport, sockets } = this;
    const host = LOOPBACK[this.peer.family];
    const socket = transport === 'tcp' ? connectTcp(port, host) : connectTls({ host, port, ...TLS });
    const client: Client = { socket, queue: [] };
    const index = this.clients.push(client) - 1;
    const messages = new StreamMessages(sockets.arena, (offset, length) => {
      const { answer } = client;
      client.answer = undefined;
      if (answer === undefined) this.onMessage(index, undefined, offset, length);
      else answer(sockets.arena.bytes.slice(offset, offset + length));
    });
    socket.setNoDelay();
    socket.on('data', (chunk: Buffer) => messages.take(chunk)).on('error', error => fail(index, error.message));
    await once(socket, transport === 'tcp' ? 'connect' : 'secureConnect');
    socket.on('close', () => fail(index, 'the server closed it'));
    return request => this.exchange(client, request);
  }

  send(client: number, offset: number, length: number): void {
    const to = this.clients[client]!;
    // A stream's ChannelData is a multiple of four (RFC 8656 12.5); what pads it is arbitrary.
    to.queue.push(Buffer.from(this.sockets.arena.bytes.subarray(offset, offset + ((length + 3) & ~3))));
    this.waiting.add(to);
  }

  flush(): void {
    for (const { socket, queue } of this.waiting) {
      socket.write(queue.length === 1 ? queue[0]! : Buffer.concat(queue));
      queue.length = 0;
    }
    this.waiting.clear();
    this.sockets.flush();
  }

  poll(): Promise<void> {
    this.sockets.poll(0, (_, source, offset, length) => this.onPeerData(source, offset, length));
    return turn();
  }

  private exchange(client: Client, request: Uint8Array): Promise<Uint8Array | undefined> {
    return new Promise(resolve => {
      const patience = setTimeout(() => resolve(undefined), PATIENCE_MS);
      client.answer = message => {
        clearTimeout(patience);
        resolve(message);
      };
      client.socket.write(Buffer.from(request));
    });
  }
}

/** Ends the program, which has no result then. */
function fail(client: number, what: string): void {
  process.stderr.write(`Error: connection of client ${client}: ${what}\n`);
  process.exit(1);
}
