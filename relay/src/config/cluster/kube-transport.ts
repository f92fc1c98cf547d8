import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import { Http2Session, type Patience, type TlsOptions } from './http2-session';

export interface Outgoing {
  readonly method: string;
  readonly url: URL;
  /** Agent and credentials. */
  readonly credentials: RequestOptions;
  readonly headers: OutgoingHttpHeaders;
  readonly body?: string;
  /** Milliseconds of silence until the request is given up. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
}

export interface Incoming {
  readonly status: number;
  readonly body: AsyncIterable<Buffer>;
}

/** HTTP/1.1: a connection for each request that is under way. */
export function sendHttp1({ method, url, credentials, headers, body, timeout, signal }: Outgoing): Promise<Incoming> {
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const sent = start(url, { ...credentials, method, headers, timeout, signal }, response =>
      resolve({ status: response.statusCode!, body: response }),
    );
    sent.on('timeout', () => sent.destroy(new Error(`silent for ${timeout} ms`)));
    sent.on('error', reject);
    sent.end(body);
  });
}

/**
 * HTTP/2: a watch for each of a thousand Secrets takes no thousand connections, but as many as the server's limit of
 * streams makes of them (RFC 9113 5.1.2). Where the server speaks HTTP/1.1 only, that is spoken.
 */
export class KubeTransport {
  private sessions: Http2Session[] = [];
  private opening: Promise<void> | undefined;
  private isHttp1Only = false;

  /** @param patience how soon a connection that says nothing is given up. @default 25 seconds */
  constructor(private readonly patience?: Patience) {}

  async send(outgoing: Outgoing): Promise<Incoming> {
    const { url, credentials, signal } = outgoing;
    const tls = tlsOf(credentials);
    for (;;) {
      if (this.isHttp1Only) return sendHttp1(outgoing);
      signal?.throwIfAborted();
      // A stream too many would wait for others to end: whoever finds room takes it at once.
      const session = this.withRoom(tls);
      if (session !== undefined) return sendHttp2(session, outgoing);
      this.opening ??= this.open(url, tls).finally(() => (this.opening = undefined));
      await this.opening;
    }
  }

  /** How many connections there are. */
  get size(): number {
    return this.sessions.filter(({ isOpen }) => isOpen).length;
  }

  private withRoom(tls: TlsOptions): Http2Session | undefined {
    this.sessions = this.sessions.filter(({ isOpen }) => isOpen);
    return this.sessions.find(each => each.hasRoom && isDeepStrictEqual(each.tls, tls));
  }

  private async open(url: URL, tls: TlsOptions): Promise<void> {
    const session = await Http2Session.open(url, tls, this.patience);
    if (session === undefined) this.isHttp1Only = true;
    else this.sessions.push(session);
  }
}

function sendHttp2(
  session: Http2Session,
  { method, url, credentials, headers, body, timeout, signal }: Outgoing,
): Promise<Incoming> {
  const { auth } = credentials;
  const basic = auth ? { authorization: `Basic ${Buffer.from(auth).toString('base64')}` } : {};
  return new Promise((resolve, reject) => {
    const stream = session.request(
      { ...basic, ...headers, ':method': method, ':path': url.pathname + url.search },
      { endStream: body === undefined, signal },
    );
    stream.setTimeout(timeout, () => stream.destroy(new Error(`silent for ${timeout} ms`)));
    stream.once('response', ({ ':status': status }) => resolve({ status: status!, body: stream }));
    stream.on('error', reject);
    stream.once('close', () => reject(new Error('the connection has ended')));
    if (body !== undefined) stream.end(body);
  });
}

/** What a connection is made with: with other certificates it is another one. */
function tlsOf({ ca, cert, key, pfx, passphrase, servername, rejectUnauthorized }: RequestOptions): TlsOptions {
  const all = { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized };
  // What is not given is not to be there: Node takes it for a value.
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
