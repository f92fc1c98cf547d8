import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { Opened } from './datagram';
import type { StreamConnections } from './stream-connections';

/** PEM texts. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** RFC 7443: TURN first, for that is what clients come for. Selected where offered; a client may offer none. */
export const ALPN = ['stun.turn', 'stun.nat-discovery'];
const MIN_TLS_VERSION = 'TLSv1.2';
/** How long a dead client's connection is kept before the system asks whether it still lives, in milliseconds. */
const KEEP_ALIVE_DELAY = 60_000;
/** A host without IPv6 answers with one of these. */
const WITHOUT_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);

/** A listening TCP or TLS socket. Its connections live on in `StreamConnections`. */
export class StreamServer {
  private constructor(
    private readonly server: Server | TlsServer,
    private readonly transport: 'tcp' | 'tls',
    private readonly listener: string,
    private readonly connections: StreamConnections,
  ) {
    server.maxConnections = connections.limits.connections;
    server.on('drop', () => connections.counts.add('too many connections of one listener'));
  }

  static tcp(listener: string, connections: StreamConnections): StreamServer {
    const server = createTcpServer(SOCKET_OPTIONS);
    const stream = new StreamServer(server, 'tcp', listener, connections);
    server.on('connection', socket => {
      if (stream.admits(socket)) stream.take(socket);
    });
    return stream;
  }

  /** @throws Error if the certificate cannot be used. */
  static tls(listener: string, certificate: Certificate, connections: StreamConnections): StreamServer {
    const server = createTlsServer({
      ...SOCKET_OPTIONS,
      ...secureContext(certificate),
      ALPNProtocols: ALPN,
      handshakeTimeout: connections.limits.firstMessageTimeout,
    });
    const stream = new StreamServer(server, 'tls', listener, connections);
    server.on('connection', (socket: Socket) => void stream.admits(socket));
    server.on('secureConnection', socket => stream.take(socket));
    server.on('tlsClientError', (_, socket) => {
      connections.counts.add('TLS handshake failed');
      socket.destroy();
    });
    return stream;
  }

  /** Listens on every local address, by IPv4 and IPv6 where the host has both. `opened` is called once. */
  listen(port: number, opened: Opened): void {
    this.bind(port, ['::', '0.0.0.0'], opened);
  }

  /** New handshakes get the certificate; connections go on. @throws Error if it cannot be used: the old one stays. */
  setCertificate(certificate: Certificate): void {
    if ('setSecureContext' in this.server) this.server.setSecureContext(secureContext(certificate));
  }

  /** Accepts no more; connections go on. */
  close(): void {
    this.server.close();
  }

  private bind(port: number, [host, ...others]: string[], opened: Opened): void {
    const { server } = this;
    const failed = (error: NodeJS.ErrnoException): void => {
      server.off('listening', listening);
      if (others.length > 0 && WITHOUT_IPV6.has(error.code ?? '')) this.bind(port, others, opened);
      else opened(error);
    };
    const listening = (): void => {
      server.off('error', failed);
      // Accepting may fail, as for want of file descriptors; those who are connected go on.
      server.on('error', (error: Error) => this.connections.counts.addError(error));
      opened();
    };
    server.once('error', failed);
    server.once('listening', listening);
    server.listen({ port, host, ipv6Only: false, exclusive: true });
  }

  private admits(socket: Socket): boolean {
    const admitted = this.connections.admit(socket);
    if (!admitted) socket.destroy();
    return admitted;
  }

  private take(socket: Socket): void {
    this.connections.add(socket, this.transport, this.listener);
  }
}

const SOCKET_OPTIONS = {
  noDelay: true,
  allowHalfOpen: false,
  keepAlive: true,
  keepAliveInitialDelay: KEEP_ALIVE_DELAY,
};

function secureContext({ cert, key }: Certificate) {
  return { cert, key, minVersion: MIN_TLS_VERSION } as const;
}
