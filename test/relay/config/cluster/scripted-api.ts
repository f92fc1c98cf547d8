import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KubeApi } from '../../../../relay/src/config/cluster/kube-api';

/** Answers one request. */
export type Scene = (response: ServerResponse, query: URLSearchParams, request: IncomingMessage) => void;

/** An API server that answers as it is told, in order: what a real one cannot be made to say. */
export class ScriptedApi {
  /** Queries of the requests so far. */
  readonly asked: string[] = [];
  private readonly scenes: Scene[];
  private readonly server: Server;

  constructor(...scenes: readonly Scene[]) {
    this.scenes = [...scenes];
    this.server = createServer((request, response) => {
      const { searchParams } = new URL(request.url!, 'http://here');
      this.asked.push(
        ['limit', 'continue', 'watch', 'resourceVersion']
          .map(key => searchParams.get(key) ?? '')
          .join(' ')
          .trim(),
      );
      // With nothing left to say it is silent.
      this.scenes.shift()?.(response, searchParams, request);
    });
  }

  async open(): Promise<KubeApi> {
    await new Promise<void>(resolve => this.server.listen(0, '127.0.0.1', resolve));
    const { port } = this.server.address() as AddressInfo;
    return new KubeApi({
      server: `http://127.0.0.1:${port}/`,
      credentials: () => Promise.resolve({ headers: { authorization: 'Bearer t' } }),
    });
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise(resolve => this.server.close(resolve));
  }
}

export const answer =
  (status: number, body: unknown): Scene =>
  response =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** A watch that says these lines, and ends if it is to. */
export const watch =
  (lines: readonly unknown[], end = false): Scene =>
  response => {
    response.writeHead(200);
    response.flushHeaders();
    for (const line of lines) response.write(`${JSON.stringify(line)}\n`);
    if (end) response.end();
  };
