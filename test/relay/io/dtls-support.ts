import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { ListenerConfig } from '../../../relay/src/config/relay-config';
import type { DtlsLimits } from '../../../relay/src/io/dtls/dtls-limits';
import { RelayIo } from '../../../relay/src/io/relay-io';
import { certificateFor, eventually, listenerConfig, RecordingCore, UdpPeer } from './support';

const closers: (() => void)[] = [];

export function closeAll(): void {
  for (const close of closers.splice(0)) close();
}

export function closeLater<T extends { close(): void }>(what: T): T {
  closers.push(() => what.close());
  return what;
}

export const certificate = certificateFor('first.example.org');

/** A port that was free in UDP a moment ago. */
export async function freeUdpPort(): Promise<number> {
  const socket = await UdpPeer.bind('::');
  const { port } = socket;
  socket.close();
  return port;
}

/** A relay that echoes what DTLS clients send it, on a clock that stands still. */
export async function serveDtls(dtlsLimits?: Partial<DtlsLimits>) {
  const time = { now: 1000 };
  const problems: string[] = [];
  const events = { listening: () => undefined, listenerProblem: (_: string, text: string) => void problems.push(text) };
  const io = closeLater(new RelayIo(() => new RecordingCore(), { events, dtlsLimits, clock: () => time.now }));
  io.core.onClient = (flow, bytes, offset, length) => io.sendToClient(flow, bytes, offset, length);
  const config: ListenerConfig = listenerConfig({ transport: 'dtls', port: await freeUdpPort(), certificate });
  io.apply([config]);
  await eventually('the listener', () => io.isListening(config.name));
  return { io, core: io.core, config, time, problems, port: config.port };
}

/** Options that leave nothing but messages in `received`, and still end a session with the input. */
export const MESSAGES_ONLY = ['-quiet', '-no_ign_eof'];

/** `openssl s_client` over DTLS: what it is sent it encrypts, and what it decrypts it writes out. */
export class DtlsClient {
  private readonly chunks: Buffer[] = [];
  private readonly process: ChildProcess;
  hasEnded = false;

  constructor(port: number, options: readonly string[] = MESSAGES_ONLY, host = '127.0.0.1') {
    const target = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
    this.process = spawn('openssl', ['s_client', '-dtls1_2', '-connect', target, '-mtu', '1200', '-nbio', ...options]);
    this.process.stdout!.on('data', (chunk: Buffer) => this.chunks.push(chunk));
    this.process.stderr!.resume();
    this.process.stdin!.on('error', () => undefined);
    this.process.on('exit', () => (this.hasEnded = true));
    closers.push(() => this.process.kill());
  }

  get received(): Buffer {
    return Buffer.concat(this.chunks);
  }

  send(message: Uint8Array): void {
    this.process.stdin!.write(message);
  }

  /** Says close_notify and ends. */
  async end(): Promise<void> {
    if (this.hasEnded) return;
    this.process.stdin!.end();
    await once(this.process, 'exit');
  }

  /** Ends without a word. */
  kill(): void {
    this.process.kill('SIGKILL');
  }

  async text(pattern: RegExp): Promise<string> {
    await eventually(`s_client writes ${pattern.source}`, () => pattern.test(this.received.toString()));
    return this.received.toString();
  }
}

/** Passes datagrams between one client and the relay, so that the relay's view of the client is at hand. */
export class Nat {
  private clientPort = 0;

  private constructor(
    readonly inside: UdpPeer,
    readonly outside: UdpPeer,
    private readonly relayPort: number,
  ) {
    inside.socket.on('message', (bytes, { port }) => {
      this.clientPort = port;
      this.forge(bytes);
    });
    outside.socket.on('message', bytes => this.inside.send(bytes, this.clientPort, '127.0.0.1'));
  }

  static async to(relayPort: number): Promise<Nat> {
    const [inside, outside] = [await UdpPeer.bind('127.0.0.1'), await UdpPeer.bind('127.0.0.1')];
    return new Nat(closeLater(inside), closeLater(outside), relayPort);
  }

  get port(): number {
    return this.inside.port;
  }

  /** Sends a datagram that has the client's source address. */
  forge(datagram: Uint8Array): void {
    this.outside.send(datagram, this.relayPort, '127.0.0.1');
  }
}

/** A ClientHello of DTLS 1.2 (RFC 6347 4.2.1), the second one if it has a cookie. */
export function clientHello(cookie: Uint8Array = new Uint8Array()): Buffer {
  const suites = u16(0xc02b, 0xc02f, 0xcca9, 0xcca8);
  const extensions = Buffer.concat([
    extension(10, Buffer.concat([u16(4), u16(0x001d, 0x0017)])),
    extension(11, Buffer.from([1, 0])),
    extension(13, Buffer.concat([u16(4), u16(0x0403, 0x0804)])),
  ]);
  const body = Buffer.concat([
    u16(0xfefd),
    Buffer.alloc(32, 0x5a),
    Buffer.from([0, cookie.length, ...cookie]),
    u16(suites.length),
    suites,
    Buffer.from([1, 0]),
    u16(extensions.length),
    extensions,
  ]);
  const sequence = cookie.length === 0 ? 0 : 1;
  const message = Buffer.concat([Buffer.from([1]), u24(body.length), u16(sequence), u24(0), u24(body.length), body]);
  return record(22, 0, sequence, message);
}

export function record(type: number, epoch: number, sequence: number, payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([type]), u16(0xfefd, epoch, 0, 0, sequence, payload.length), payload]);
}

/** The cookie of a HelloVerifyRequest; undefined if it is another message. */
export function cookieOf(datagram: Buffer): Buffer | undefined {
  return datagram[13] === 3 ? datagram.subarray(28, 28 + datagram[27]!) : undefined;
}

/** Starts a handshake and leaves it at that. */
export async function halfOpen(port: number, address = '127.0.0.1'): Promise<UdpPeer> {
  const client = closeLater(await UdpPeer.bind(address));
  client.send(clientHello(), port, '127.0.0.1');
  await eventually('a cookie', () => client.received.length === 1);
  client.send(clientHello(cookieOf(client.received[0]!.bytes)), port, '127.0.0.1');
  return client;
}

function extension(type: number, content: Buffer): Buffer {
  return Buffer.concat([u16(type, content.length), content]);
}

function u16(...values: number[]): Buffer {
  return Buffer.from(values.flatMap(value => [value >> 8, value & 0xff]));
}

function u24(value: number): Buffer {
  return Buffer.from([value >> 16, (value >> 8) & 0xff, value & 0xff]);
}
