import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { isIP } from 'node:net';

/** Milliseconds in which a connection has to come about. */
const OPENING = 10_000;
/** A server that is cut off says nothing: it is asked. */
export interface Patience {
  /** Milliseconds between two pings. */
  readonly ping: number;
  /** Milliseconds in which an answer is due. */
  readonly pong: number;
}
const PATIENCE: Patience = { ping: 15_000, pong: 10_000 };
/** Bytes that the server may send ahead: on a stream, and on all of a connection. A list is some megabytes. */
const STREAM_WINDOW = 1024 * 1024;
const CONNECTION_WINDOW = 8 * 1024 * 1024;

export type TlsOptions = Pick<
  ConnectionOptions,
  'ca' | 'cert' | 'key' | 'pfx' | 'passphrase' | 'servername' | 'rejectUnauthorized'
>;

/** One connection, and how many requests are on it. */
export class Http2Session {
  private streams = 0;
  private readonly pings: NodeJS.Timeout;

  private constructor(
    private readonly session: ClientHttp2Session,
    readonly tls: TlsOptions,
    private readonly patience: Patience,
  ) {
    session.on('error', () => undefined);
    session.unref();
    this.pings = setInterval(() => this.ping(), patience.ping).unref();
    session.once('close', () => clearInterval(this.pings));
  }

  /** Undefined if the server speaks HTTP/1.1 only. @throws Error if there is no connection to be had. */
  static async open(url: URL, tls: TlsOptions, patience = PATIENCE): Promise<Http2Session | undefined> {
    const socket = await secure(url, tls);
    if (socket.alpnProtocol !== 'h2') {
      socket.destroy();
      return undefined;
    }
    const session = connectHttp2(url.origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
    });
    // How many streams there may be is in its settings, with which a server begins.
    await new Promise<void>((resolve, reject) => {
      session.once('error', reject);
      session.once('close', () => reject(new Error('the connection has ended')));
      session.once('remoteSettings', () => resolve());
      session.setTimeout(OPENING, () => session.destroy(new Error(`silent for ${OPENING} ms`)));
    });
    session.setTimeout(0);
    session.setLocalWindowSize(CONNECTION_WINDOW);
    return new Http2Session(session, tls, patience);
  }

  get isOpen(): boolean {
    return !this.session.closed && !this.session.destroyed;
  }

  get hasRoom(): boolean {
    return this.isOpen && this.streams < (this.session.remoteSettings.maxConcurrentStreams ?? Infinity);
  }

  /** Begins a request; the process waits for what is on its way. */
  request(...[headers, options]: Parameters<ClientHttp2Session['request']>): ReturnType<ClientHttp2Session['request']> {
    const stream = this.session.request(headers, options);
    if (this.streams++ === 0) this.session.ref();
    stream.once('close', () => {
      if (--this.streams === 0) this.session.unref();
    });
    return stream;
  }

  private ping(): void {
    // A connection that has broken is not closed before its streams are.
    if (!this.isOpen) return;
    const { pong } = this.patience;
    const late = setTimeout(() => this.session.destroy(new Error(`no answer for ${pong} ms`)), pong).unref();
    if (!this.session.ping(() => clearTimeout(late))) clearTimeout(late);
  }
}

function secure(url: URL, tls: TlsOptions): Promise<TLSSocket> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const options = { host, port: Number(url.port || 443), ...(isIP(host) === 0 ? { servername: host } : {}), ...tls };
  return new Promise((resolve, reject) => {
    const socket = connectTls({ ...options, ALPNProtocols: ['h2', 'http/1.1'] });
    const late = setTimeout(() => socket.destroy(new Error(`silent for ${OPENING} ms`)), OPENING);
    socket.once('error', reject);
    socket.once('close', () => clearTimeout(late));
    socket.once('secureConnect', () => {
      clearTimeout(late);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
