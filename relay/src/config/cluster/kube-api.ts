import { type IncomingMessage, type OutgoingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { KubeConnection } from './kube-connection';

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
  constructor(private readonly connection: KubeConnection) {}

  get server(): string {
    return this.connection.server;
  }

  /** @returns any answer, whatever its status. @throws if there is none. */
  async request(method: string, path: string, options: KubeRequest = {}): Promise<KubeAnswer> {
    const response = await this.send(method, path, options);
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_BODY) throw new Error(`the answer is too long (got more than ${MAX_BODY} bytes)`);
      chunks.push(chunk);
    }
    return { status: response.statusCode!, body: parse(Buffer.concat(chunks).toString('utf8')) };
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
    const response = await this.send('GET', path, options);
    if (response.statusCode === 200) opened();
    let rest: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); response.statusCode === 200 && end >= 0;) {
        line(parse(Buffer.concat([...rest, chunk.subarray(start, end)]).toString('utf8')));
        rest = [];
        start = end + 1;
        end = chunk.indexOf(NEWLINE, start);
      }
      if (start < chunk.length) rest.push(chunk.subarray(start));
    }
    if (response.statusCode === 200) return undefined;
    return { status: response.statusCode!, body: parse(Buffer.concat(rest).toString('utf8')) };
  }

  private async send(method: string, path: string, options: KubeRequest): Promise<IncomingMessage> {
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
    const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
    return new Promise((resolve, reject) => {
      const sent = start(url, { ...credentials, method, headers, timeout, signal }, resolve);
      sent.on('timeout', () => sent.destroy(new Error(`silent for ${timeout} ms`)));
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
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
