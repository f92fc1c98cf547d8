import {
  createSecureServer,
  type Http2SecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createHttps, type Server } from 'node:https';
import { type AddressInfo, connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import { KubeTransport, type Incoming } from '../../../../relay/src/config/cluster/kube-transport';
import { selfSigned } from '../fixtures';

const { cert, key } = selfSigned();
const CREDENTIALS = { ca: cert, servername: 'turn.example.org', checkServerIdentity: () => undefined };
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listening(server: Server | Http2SecureServer | NetServer): Promise<number> {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** An HTTP/2 server that has room for so many streams on a connection. */
async function http2Server(
  maxConcurrentStreams: number,
  answer: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
) {
  const server = createSecureServer({ cert, key, settings: { maxConcurrentStreams } });
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', session => {
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
  });
  server.on('stream', answer);
  const port = await listening(server);
  closers.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { port, sessions };
}

function ask(transport: KubeTransport, port: number, more: { timeout?: number; signal?: AbortSignal } = {}) {
  const url = new URL(`https://127.0.0.1:${port}/api/v1/secrets?watch=true`);
  const headers = { authorization: 'Bearer t' };
  return transport.send({ method: 'GET', url, credentials: CREDENTIALS, headers, timeout: 5000, ...more });
}

async function textOf({ body }: Incoming): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Answers and goes on. */
const watch = (stream: ServerHttp2Stream): void => {
  stream.on('error', () => undefined);
  stream.respond({ ':status': 200 });
  stream.write('{}\n');
};

test('as many watches share a connection as the server has room for, and none waits for another to end', async () => {
  const { port, sessions } = await http2Server(10, watch);
  const transport = new KubeTransport();
  const ended = new AbortController();
  const all = Array.from({ length: 35 }, () => ask(transport, port, { signal: ended.signal }));
  expect((await Promise.all(all)).map(({ status }) => status)).toEqual(all.map(() => 200));
  expect(sessions.size).toBe(4);
  expect(transport.size).toBe(4);
  ended.abort();
  await new Promise(resolve => setTimeout(resolve, 50));
  // There is room again.
  expect((await ask(transport, port)).status).toBe(200);
  expect(sessions.size).toBe(4);
});

test('says who asks and for what, and sends a body', async () => {
  const { port } = await http2Server(10, (stream, asked) => {
    let sent = '';
    stream.setEncoding('utf8').on('data', (text: string) => (sent += text));
    stream.on('end', () => {
      stream.respond({ ':status': 201 });
      stream.end(`${asked[':method']} ${asked[':path']} ${asked.authorization} ${sent}`);
    });
  });
  const url = new URL(`https://127.0.0.1:${port}/x?a=b`);
  const outgoing = {
    url,
    credentials: CREDENTIALS,
    headers: { authorization: 'Bearer t' },
    timeout: 5000,
    method: 'POST',
    body: '{"a":1}',
  };
  const answer = await new KubeTransport().send(outgoing);
  expect(answer.status).toBe(201);
  expect(await textOf(answer)).toBe('POST /x?a=b Bearer t {"a":1}');
});

test('a server without HTTP/2 is spoken to in HTTP/1.1', async () => {
  const server = createHttps({ cert, key, ALPNProtocols: ['http/1.1'] }, (request, response) =>
    response.end(`${request.httpVersion} ${request.headers.authorization}`),
  );
  const port = await listening(server);
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const transport = new KubeTransport();
  for (let i = 0; i < 2; i++) expect(await textOf(await ask(transport, port))).toBe('1.1 Bearer t');
  expect(transport.size).toBe(0);
});

test('a server of an unknown authority is refused', async () => {
  const { port } = await http2Server(10, watch);
  const url = new URL(`https://127.0.0.1:${port}/`);
  const stranger = { ca: selfSigned().cert, servername: 'turn.example.org' };
  const outgoing = { method: 'GET', url, headers: {}, timeout: 5000, credentials: stranger };
  await expect(new KubeTransport().send(outgoing)).rejects.toThrow(/self.signed certificate/);
});

test('a server that has gone is gone for all on its connection, and is found again once it is back', async () => {
  const { port, sessions } = await http2Server(10, watch);
  const transport = new KubeTransport();
  const answers = await Promise.all([ask(transport, port), ask(transport, port)]);
  const ends = answers.map(answer => textOf(answer));
  for (const session of sessions) session.destroy();
  await Promise.allSettled(ends);
  expect((await ask(transport, port)).status).toBe(200);
  expect(transport.size).toBe(1);
});

test('a request that gets no answer is given up, and the connection goes on', async () => {
  const { port, sessions } = await http2Server(10, () => undefined);
  const transport = new KubeTransport();
  await expect(ask(transport, port, { timeout: 50 })).rejects.toThrow('silent for 50 ms');
  expect(sessions.size).toBe(1);
});

test('a server that is cut off is noticed long before its watches would tell', async () => {
  const { port } = await http2Server(10, watch);
  const pairs: Socket[] = [];
  const between = createServer(client => {
    const server = connect(port, '127.0.0.1');
    pairs.push(client, server);
    for (const socket of [client, server]) socket.on('error', () => undefined);
    client.pipe(server).pipe(client);
  });
  const here = await listening(between);
  closers.push(() => {
    for (const socket of pairs) socket.destroy();
    between.close();
  });
  const transport = new KubeTransport({ ping: 100, pong: 100 });
  const answer = await ask(transport, here, { timeout: 60_000 });
  const ended = expect(textOf(answer)).rejects.toThrow();
  await new Promise(resolve => setTimeout(resolve, 500));
  expect(transport.size).toBe(1);
  for (const socket of pairs) socket.unpipe().pause();
  await ended;
  expect(transport.size).toBe(0);
});
