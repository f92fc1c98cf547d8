import { randomInt } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { Endpoint } from '../net/endpoint';
import type { Flow } from '../turn/flow';
import type { RelayedTransport } from '../turn/relayed-transport';
import type { DataConnection } from '../turn/tcp/data-connection';
import type { TcpCore } from '../turn/tcp/tcp-relaying';
import type { TcpSink } from '../turn/tcp/tcp-sink';
import type { Clock } from './clock';
import type { TurnCore } from './core';
import { Counts } from './counts';
import type { PortRange } from './datagram';
import type { RelayAddress } from './relay-address';
import { TcpConnection } from './tcp-connection';
import { DATA_SOCKET_OPTIONS, type LocalEnd, type TcpSockets } from './tcp-sockets';

/** Ports tried before a relay is given up. */
const MAX_PORT_ATTEMPTS = 64;
/** Peers that may wait to be accepted at one relayed transport address. */
const BACKLOG = 64;

export interface TcpRelayContext {
  readonly core: TurnCore;
  readonly tcp: TcpCore;
  readonly clock: Clock;
  readonly relayPorts: PortRange;
  readonly relayAddress: (listener: string, family: 4 | 6) => RelayAddress | undefined;
  readonly sockets: TcpSockets;
  /** Takes the socket of a stream client over, from the message in hand on. */
  readonly takeOver: (flow: Flow, taken: (socket: Socket) => void) => void;
}

/** Relayed transport addresses for TCP peers (RFC 6062): a listening socket each, and the data connections. */
export class TcpRelay implements TcpSink {
  readonly counts = new Counts();
  /** By `RelayedTransport.handle`. */
  private readonly servers = new Map<number, { readonly server: Server; readonly local: LocalEnd }>();
  private readonly connections = new Map<DataConnection, TcpConnection>();
  private lastHandle = -1;

  constructor(private readonly context: TcpRelayContext) {}

  openRelay(relay: RelayedTransport): void {
    const { core, clock, relayAddress, relayPorts } = this.context;
    const address = relayAddress(relay.listener, relay.family);
    if (address === undefined) {
      this.counts.add('no relay address');
      core.relayFailed(relay, clock());
      return;
    }
    relay.address.setAddress(address.advertised, 0);
    relay.handle = ++this.lastHandle;
    const size = relayPorts.max - relayPorts.min + 1;
    this.listen(relay, address.bind, randomInt(size), Math.min(size, MAX_PORT_ATTEMPTS));
  }

  closeRelay(relay: RelayedTransport): void {
    this.servers.get(relay.handle)?.server.close();
    this.servers.delete(relay.handle);
    relay.handle = -1;
  }

  connect(connection: DataConnection): void {
    const { tcp, clock, sockets } = this.context;
    const { relay, peer } = connection;
    const local = this.servers.get(relay.handle)?.local;
    try {
      if (local === undefined) throw new Error('no socket');
      const socket = sockets.connect(local, { address: peer.address, port: peer.port });
      let connected = false;
      socket.on('connect', () => {
        connected = true;
        tcp.connected(connection, clock());
      });
      this.add(connection, socket, () => (connected ? tcp.ended(connection) : tcp.failed(connection)));
    } catch (error) {
      this.counts.addError(error as Error);
      tcp.failed(connection);
    }
  }

  join(connection: DataConnection, flow: Flow): void {
    this.context.takeOver(flow, socket => {
      const joined = this.connections.get(connection);
      if (joined === undefined) socket.destroy();
      else joined.join(socket);
    });
  }

  close(connection: DataConnection): void {
    const open = this.connections.get(connection);
    this.connections.delete(connection);
    open?.destroy();
  }

  /** Closes all sockets. */
  closeAll(): void {
    for (const { server } of this.servers.values()) server.close();
    for (const connection of this.connections.keys()) this.close(connection);
    this.servers.clear();
  }

  /** From a random port on, the first that is free (RFC 6056 3.3.1, as RFC 8656 7.2 asks for). */
  private listen(relay: RelayedTransport, address: string, start: number, attempts: number): void {
    const { core, clock, relayPorts, sockets } = this.context;
    const port = relayPorts.min + (start % (relayPorts.max - relayPorts.min + 1));
    const local: LocalEnd = { family: relay.family, address, port };
    const server = createServer({ ...DATA_SOCKET_OPTIONS, pauseOnConnect: true });
    this.servers.set(relay.handle, { server, local });
    const failed = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE' && attempts > 1) {
        this.listen(relay, address, start + 1, attempts - 1);
        return;
      }
      this.counts.addError(error);
      this.closeRelay(relay);
      core.relayFailed(relay, clock());
    };
    server.once('error', failed);
    server.once('listening', () => {
      server.off('error', failed);
      // Accepting may fail, as for want of file descriptors; connections go on.
      server.on('error', (error: Error) => this.counts.addError(error));
      // The allocation may have ended meanwhile.
      if (relay.handle < 0) return;
      relay.address.port = port;
      core.relayOpened(relay, clock());
    });
    server.on('connection', socket => this.accept(relay, socket));
    try {
      server.listen({ ...sockets.listening(local), backlog: BACKLOG });
    } catch (error) {
      server.removeAllListeners();
      failed(error as NodeJS.ErrnoException);
    }
  }

  private accept(relay: RelayedTransport, socket: Socket): void {
    const { tcp, clock } = this.context;
    const peer = peerOf(socket);
    const connection = peer === undefined ? undefined : tcp.accepted(relay, peer, clock());
    if (connection === undefined) socket.destroy();
    else this.add(connection, socket, () => tcp.ended(connection));
  }

  private add(connection: DataConnection, socket: Socket, ended: () => void): void {
    this.connections.set(
      connection,
      new TcpConnection(connection, socket, this.counts, this.context.clock, () => {
        // After `close` the core wants to hear no more of it.
        if (this.connections.delete(connection)) ended();
      }),
    );
  }
}

/** Undefined if it has gone again, or is link-local: no permission can name that. */
function peerOf({ remoteAddress, remotePort }: Socket): Endpoint | undefined {
  if (remoteAddress === undefined || remotePort === undefined || remoteAddress.includes('%')) return undefined;
  return Endpoint.of(remoteAddress, remotePort);
}
