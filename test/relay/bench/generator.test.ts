import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { GeneratorProgram } from '../../../relay/bench/run-generator';
import { scenario, type ClientTransport, type Job } from '../../../relay/bench/scenario';
import { startServer, type RunningServer } from '../../../relay/bench/servers';

jest.setTimeout(60_000);

const LOAD = { ...scenario('100 clients, 1200 B, bursts of 8, saturated'), clients: 4, window: 64 };
const isBuilt = existsSync(join(__dirname, '../../../relay/dist/stunnerd.cjs'));
const isPossible = isBuilt && process.platform === 'linux' && availableParallelism() >= 2;

/** Stands between clients and server, and does with each message from the server as it is told. */
class Meddler {
  readonly socket = createSocket('udp4');
  private readonly upstream = new Map<number, Socket>();
  private count = 0;

  constructor(
    private readonly server: number,
    private readonly meddle: (message: Buffer, send: (message: Buffer, toOther?: boolean) => void) => void,
  ) {}

  async start(): Promise<number> {
    this.socket.on('message', (message, { port }) => this.towards(port).send(message, this.server, '127.0.0.1'));
    this.socket.bind(0, '127.0.0.1');
    await once(this.socket, 'listening');
    return this.socket.address().port;
  }

  close(): void {
    for (const socket of [this.socket, ...this.upstream.values()]) socket.close();
  }

  private towards(client: number): Socket {
    const found = this.upstream.get(client);
    if (found !== undefined) return found;
    const socket = createSocket('udp4');
    this.upstream.set(client, socket);
    socket.on('message', message => {
      const send = (changed: Buffer, toOther = false): void => {
        const other = [...this.upstream.keys()].find(port => port !== client) ?? client;
        this.socket.send(changed, toOther ? other : client, '127.0.0.1');
      };
      const isData = (message[0]! & 0xc0) !== 0;
      if (isData && ++this.count % 50 === 0) this.meddle(message, send);
      else send(message);
    });
    return socket;
  }
}

(isPossible ? describe : describe.skip)('the load generator', () => {
  const generator = new GeneratorProgram();
  let server: RunningServer;
  let meddler: Meddler | undefined;

  afterEach(async () => {
    meddler?.close();
    meddler = undefined;
    await server.stop();
  });
  afterAll(() => generator.close());

  const jobOf = (transport: ClientTransport): Job => ({
    scenario: { ...LOAD, transport },
    target: server.target,
    pid: server.pid,
    cpus: [0, 1],
    warmUpSeconds: 0,
    seconds: 0.5,
    verify: true,
    release: true,
  });

  test.each(['udp', 'tcp', 'tls'] as const)('finds every datagram of clients by %s right', async transport => {
    server = await startServer('relay', { family: 4, transport });
    // Twice: what the first leaves is not in the way of the second.
    for (let i = 0; i < 2; i++) {
      const found = await generator.traffic(jobOf(transport));
      expect(found.received).toBeGreaterThan(100);
      expect(found.wrong + found.duplicates).toBe(0);
      expect(found.cpuSeconds).toBeGreaterThan(0);
      if (transport !== 'udp') expect(found.lost).toBe(0);
    }
  });

  test.each<[string, ConstructorParameters<typeof Meddler>[1], RegExp]>([
    ['sends twice', (message, send) => [message, message].forEach(each => send(each)), /^0 wrong .* [1-9]\d* dup/],
    ['sends to another client', (message, send) => send(message, true), /^[1-9]\d* wrong /],
    ['cuts short', (message, send) => send(message.subarray(0, -1)), /^[1-9]\d* wrong /],
    [
      'changes the last byte',
      (message, send) => send(Buffer.concat([message.subarray(0, -1), Buffer.of(message.at(-1)! ^ 1)])),
      /^[1-9]\d* wrong /,
    ],
  ])('catches a server that %s', async (_, meddle, complaint) => {
    server = await startServer('relay', { family: 4 });
    meddler = new Meddler(server.target.port, meddle);
    const target = { ...server.target, port: await meddler.start() };
    await expect(generator.traffic({ ...jobOf('udp'), target })).rejects.toThrow(complaint);
  });

  test('counts what a server drops as lost', async () => {
    server = await startServer('relay', { family: 4 });
    meddler = new Meddler(server.target.port, () => undefined);
    const target = { ...server.target, port: await meddler.start() };
    const { lost, sent } = await generator.traffic({ ...jobOf('udp'), target });
    expect(lost / sent).toBeGreaterThan(0.002);
  });
});
