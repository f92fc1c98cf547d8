import { BoundSocket, connect, type ListenOptions, Socket, type TcpNetConnectOpts } from 'node:net';

/** A transport address of this host, in numbers; may be the wildcard of its family. */
export interface LocalEnd {
  readonly family: 4 | 6;
  readonly address: string;
  readonly port: number;
}

export interface RemoteEnd {
  readonly address: string;
  readonly port: number;
}

/** Makes the sockets of a relayed transport address for TCP peers: one that listens, and those that connect from it. */
export interface TcpSockets {
  /** What `Server.listen` needs, to be used at once. @throws a system error, such as EADDRINUSE. */
  listening(local: LocalEnd): ListenOptions;
  /** A socket that begins to connect. @throws a system error. */
  connect(local: LocalEnd, peer: RemoteEnd): Socket;
}

/** Of a data connection: either direction may end before the other. */
export const DATA_SOCKET_OPTIONS = {
  noDelay: true,
  allowHalfOpen: true,
  keepAlive: true,
  keepAliveInitialDelay: 60_000,
} as const;

/** Those that keep the port where the system has a way to. */
export function tcpSockets(): TcpSockets {
  try {
    new BoundSocket({ host: '127.0.0.1', reusePort: true }).close();
    return SAME_PORT;
  } catch {
    return OTHER_PORT;
  }
}

/** Connections leave from the port that listens (RFC 6062 5.2): peers see the whole relayed transport address. */
export const SAME_PORT: TcpSockets = {
  listening: local => {
    // Those who share a port share what connects to it: nobody else may listen there, in another process neither.
    bound(local, false).close();
    return { handle: bound(local, true) };
  },
  connect: (local, peer) => {
    const socket = new Socket({ ...DATA_SOCKET_OPTIONS, handle: bound(local, true) });
    return socket.connect({ host: peer.address, port: peer.port });
  },
};

/** Connections leave from the relayed address, by another port: a system that cannot share one offers no more. */
export const OTHER_PORT: TcpSockets = {
  listening: ({ family, address, port }) => ({ host: address, port, ipv6Only: family === 6, exclusive: true }),
  connect: ({ family, address }, peer) => {
    const options: TcpNetConnectOpts = { ...DATA_SOCKET_OPTIONS, host: peer.address, port: peer.port, family };
    const isWildcard = address === '0.0.0.0' || address === '::';
    return connect(isWildcard ? options : { ...options, localAddress: address });
  },
};

function bound({ family, address, port }: LocalEnd, reusePort: boolean): BoundSocket {
  return new BoundSocket({ host: address, port, ipv6Only: family === 6, reusePort });
}
