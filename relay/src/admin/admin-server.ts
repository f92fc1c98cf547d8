import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { parseEndpoint } from './endpoint';

/** Answers one path; the text is sent as it is. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  /** Beside the content type. */
  readonly headers?: Readonly<Record<string, string>>;
}

export type Route = (request: IncomingMessage) => Answer | Promise<Answer>;

/** Requests are small and without bodies: whoever is slow or many is cut off. */
const LIMITS = { headersTimeout: 5000, requestTimeout: 5000, maxHeaderSize: 8192 } as const;
const MAX_CONNECTIONS = 64;

/** A small read-only HTTP server whose address may change while the relay runs. */
export class AdminServer {
  private server: Server | undefined;
  private endpoint: string | undefined;

  /** @param problem told when the server cannot listen: the relay runs on without it. */
  constructor(
    private readonly routes: ReadonlyMap<string, Route>,
    private readonly problem: (error: Error) => void,
  ) {}

  /** Listens at a URL such as `http://:8086` (every local address) or `http://127.0.0.1:8080/metrics`; undefined: nowhere. */
  apply(endpoint: string | undefined): void {
    if (endpoint === this.endpoint) return;
    this.close();
    this.endpoint = endpoint;
    if (endpoint === undefined) return;
    let parsed;
    try {
      parsed = parseEndpoint(endpoint);
    } catch (error) {
      this.problem(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    const { host, port, path } = parsed;
    const server = createServer(LIMITS, this.handler(path));
    server.maxConnections = MAX_CONNECTIONS;
    server.on('error', this.problem);
    server.listen(port, host);
    this.server = server;
  }

  close(): void {
    this.server?.close();
    this.server?.closeAllConnections();
    this.server = undefined;
    this.endpoint = undefined;
  }

  private handler(path: string): RequestListener {
    return (request, response) => {
      // Not by URL: it throws at what anybody may send.
      const [pathname = ''] = (request.url ?? '').split('?');
      const route =
        (pathname === '' ? undefined : this.routes.get(pathname)) ??
        (pathname === path ? this.routes.get('') : undefined);
      if (route === undefined || (request.method !== 'GET' && request.method !== 'HEAD')) {
        response.writeHead(route === undefined ? 404 : 405).end();
        return;
      }
      Promise.resolve()
        .then(() => route(request))
        .then(({ status, type, body, headers }) =>
          response.writeHead(status, { 'content-type': type, ...headers }).end(body),
        )
        .catch((error: unknown) => {
          response.writeHead(500).end();
          this.problem(error instanceof Error ? error : new Error(String(error)));
        });
    };
  }
}
