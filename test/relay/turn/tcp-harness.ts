import type { ClusterConfig } from '../../../relay/src/config/relay-config';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { Attribute, Method } from '../../../relay/src/stun/constants';
import type { Flow } from '../../../relay/src/turn/flow';
import type { DataConnection } from '../../../relay/src/turn/tcp/data-connection';
import type { TcpSink } from '../../../relay/src/turn/tcp/tcp-sink';
import { type Answer, Client, Harness, ROUTE, type SettingsOptions } from './harness';

export const TCP_ROUTE: ClusterConfig = {
  name: 'acme/files',
  namespace: 'acme',
  protocol: 'tcp',
  peers: [
    { prefix: '10.2.0.0/24', minPort: 8000, maxPort: 8009 },
    { prefix: 'fd00:2::/64', minPort: 8000, maxPort: 8009 },
  ],
};

/** A harness whose I/O has TCP too. Peers answer when the test says so. */
export class TcpHarness extends Harness {
  readonly connecting: DataConnection[] = [];
  readonly joined: { connection: DataConnection; flow: Flow }[] = [];
  readonly closedConnections: DataConnection[] = [];
  readonly tcp: TcpSink = {
    connect: connection => void this.connecting.push(connection),
    join: (connection, flow) => void this.joined.push({ connection, flow }),
    close: connection => void this.closedConnections.push(connection),
  };

  constructor(options: SettingsOptions = {}) {
    super({ clusters: [ROUTE, TCP_ROUTE], ...options });
  }

  /** A peer connects to the newest relayed transport address. */
  peerConnects(address: string, port: number): DataConnection | undefined {
    return this.server.tcp.accepted(this.opened.at(-1)!, Endpoint.of(address, port), this.now);
  }
}

/** A client on a stream. */
export class StreamClient extends Client {
  constructor(harness: Harness, socket = 1, options: { username?: string; password?: string } = {}) {
    super(harness, { transport: 'tcp', socket, port: 40_000 + socket }, options.username, options.password);
  }

  allocateTcp(attributes?: Parameters<Client['request']>[1]): Answer {
    return this.request(Method.Allocate, writer => {
      writer.uint32(Attribute.RequestedTransport, 6 << 24);
      attributes?.(writer);
    });
  }

  /** The answer, if it came at once; else the peer is still to answer. */
  connect(address: string, port: number): Answer | undefined {
    const before = this.harness.toClient.length;
    try {
      return this.request(Method.Connect, writer =>
        writer.xorAddress(Attribute.XorPeerAddress, Endpoint.of(address, port)),
      );
    } catch (error) {
      if (this.harness.toClient.length === before) return undefined;
      throw error;
    }
  }

  connectionBind(id: number): Answer {
    return this.request(Method.ConnectionBind, writer => writer.uint32(Attribute.ConnectionId, id));
  }
}
