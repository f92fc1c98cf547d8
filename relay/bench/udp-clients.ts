import type { Endpoint } from '../src/net/endpoint';
import type { Clients, OnClientMessage, OnPeerData } from './clients';
import { exchange } from './exchange';
import { LOOPBACK } from './scenario';
import type { BenchSocket, Sockets } from './sockets';
import type { Exchange } from './turn-session';

/** A socket each. */
export class UdpClients implements Clients {
  private readonly clients: BenchSocket[] = [];
  private readonly byFd: number[] = [];

  constructor(
    private readonly sockets: Sockets,
    private readonly server: Endpoint,
    private readonly peer: BenchSocket,
    private readonly onPeerData: OnPeerData,
    private readonly onMessage: OnClientMessage,
  ) {}

  open(): Promise<Exchange> {
    const socket = this.sockets.open(LOOPBACK[this.peer.family]);
    this.byFd[socket.fd] = this.clients.push(socket) - 1;
    return Promise.resolve(request => exchange(this.sockets, socket, this.server, request));
  }

  send(client: number, offset: number, length: number): void {
    this.sockets.send(this.clients[client]!, this.server, offset, length);
  }

  flush(): void {
    this.sockets.flush();
  }

  poll(timeoutMs: number): void {
    this.sockets.poll(timeoutMs, this.receive);
  }

  private readonly receive = (fd: number, source: Endpoint, offset: number, length: number): void => {
    if (fd === this.peer.fd) this.onPeerData(source, offset, length);
    else this.onMessage(this.byFd[fd]!, source, offset, length);
  };
}
