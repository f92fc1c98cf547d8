import type { OutgoingHttpHeaders } from 'node:http';
import type { KubeConnection } from './kube-connection';
import { type Incoming, KubeTransport, sendHttp1 } from './kube-transport';

/** Bytes; no page of a list is longer. */
const MAX_BODY = 256 * 1024 * 1024;

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface KubeRequest {
  readonly query?: Query;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** @default application/json */
  readonly contentType?: string;
  /** Milliseconds of silence until the request is given up. @default 10000 */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

export interface KubeAnswer {
  readonly status: number;
  /** What the answer's JSON says; the text itself if it is none. */
  readonly body: unknown;
}

/** The Kubernetes API over HTTP, as one client that all who need it share. */
export class KubeApi {
  private readonly transport = new KubeTransport();

  constructor(private readonly connection: KubeConnection) {}

  get server(): string {
    return this.connection.server;
  }

  /** @returns any answer, whatever its status. @throws if there is none. */
  async request(method: string, path: string, options: KubeRequest = {}): Promise<KubeAnswer> {
    const { status, body } = await this.send(method, path, options);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body) {
      length += chunk.length;
      if (length > MAX_BODY) throw new Error(`the answer is too long (got more than ${MAX_BODY} bytes)`);
      chunks.push(chunk);
    }
    return { status, body: parse(Buffer.concat(chunks).toString('utf8')) };
  }

  /**
   * An answer that goes on: each of its lines is given as it comes. Resolves when the server ends it.
   *
   * @param opened called once the server has begun to answer.
   * @returns the answer instead, if it is not a stream: it has another status than 200.
   * @throws if the connection breaks, or is silent for longer than the time-out.
   */
  async stream(
    path: string,
    options: KubeRequest,
    opened: () => void,
    line: (value: unknown) => void,
  ): Promise<KubeAnswer | undefined> {
    const { status, body } = await this.send('GET', path, options);
    if (status === 200) opened();
    let rest: Buffer[] = [];
    for await (const chunk of body) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); status === 200 && end >= 0;) {
        line(parse(Buffer.concat([...rest, chunk.subarray(start, end)]).toString('utf8')));
        rest = [];
        start = end + 1;
        end = chunk.indexOf(NEWLINE, start);
      }
      if (start < chunk.length) rest.push(chunk.subarray(start));
    }
    if (status === 200) return undefined;
    return { status, body: parse(Buffer.concat(rest).toString('utf8')) };
  }

  private async send(method: string, path: string, options: KubeRequest): Promise<Incoming> {
    const { query = {}, body, contentType = 'application/json', timeout = 10_000, signal } = options;
    const url = new URL(this.connection.server.replace(/\/+$/, '') + path);
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(key, String(value));
    }
    const credentials = await this.connection.credentials();
    const headers: OutgoingHttpHeaders = {
      ...(credentials.headers as OutgoingHttpHeaders | undefined),
      accept: 'application/json',
      'content-type': contentType,
    };
    const outgoing = {
      ...{ method, url, credentials, headers, timeout, signal },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    return this.connection.isDirect ? this.transport.send(outgoing) : sendHttp1(outgoing);
  }
}

const NEWLINE = '\n'.charCodeAt(0);

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
