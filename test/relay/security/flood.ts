import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { longTermKey } from '../../../relay/src/stun/integrity';
import { MessageReader } from '../../../relay/src/stun/message-reader';
import { MessageWriter } from '../../../relay/src/stun/message-writer';

/** Datagrams sent before the sender lets others have their turn. */
const BURST = 32;

/** Sockets at as many addresses of this host, in the loopback net. */
export async function sourcesAt(network: string, count: number, perAddress = 1): Promise<Socket[]> {
  const sockets = Array.from({ length: count * perAddress }, (_, i) => {
    const socket = createSocket('udp4').bind(0, `${network}.${1 + Math.floor(i / perAddress)}`);
    return once(socket, 'listening').then(() => socket);
  });
  return Promise.all(sockets);
}

/** Sends what it is given by all sockets in turn, at most so many a second. @returns how many. */
export async function flood(
  sockets: readonly Socket[],
  port: number,
  ms: number,
  perSecond: number,
  next: () => Uint8Array,
): Promise<number> {
  const start = performance.now();
  let sent = 0;
  while (performance.now() - start < ms) {
    for (let i = 0; i < BURST; i++) sockets[sent++ % sockets.length]!.send(next(), port, '127.0.0.1', ignore);
    if (sent > ((performance.now() - start) / 1000) * perSecond) await sleep(2);
    else await turn();
  }
  return sent;
}

const ignore = (): void => undefined;

export function message(method: number, write: (writer: MessageWriter) => unknown = ignore): Buffer {
  const bytes = Buffer.alloc(1200);
  const id = Buffer.from(Array.from({ length: 12 }, () => Math.floor(Math.random() * 256)));
  const writer = new MessageWriter().begin(bytes, 0, MessageClass.Request, method, id, 0);
  write(writer);
  return bytes.subarray(0, writer.end());
}

export const allocate = (writer: MessageWriter): unknown => writer.uint32(Attribute.RequestedTransport, 17 << 24);

/** A client that asks, and asks again with credentials. @returns the code of the answer; 0 is success. */
export async function ask(
  socket: Socket,
  port: number,
  { username, password }: Readonly<Record<'username' | 'password', string>>,
  method: number,
  write: (writer: MessageWriter) => unknown,
): Promise<number | undefined> {
  const challenge = await exchange(socket, port, message(method, write));
  const [realm, nonce] = [challenge?.text(Attribute.Realm) ?? '', challenge?.text(Attribute.Nonce) ?? ''];
  const answer = await exchange(
    socket,
    port,
    message(method, writer => {
      write(writer);
      writer.text(Attribute.Username, username).text(Attribute.Realm, realm).text(Attribute.Nonce, nonce);
      writer.messageIntegrity(longTermKey(username, realm, password));
    }),
  );
  if (answer === undefined) return undefined;
  const error = answer.uint32(Attribute.ErrorCode);
  return error === undefined ? 0 : ((error >> 8) & 7) * 100 + (error & 0xff);
}

async function exchange(socket: Socket, port: number, bytes: Uint8Array): Promise<MessageReader | undefined> {
  const stop = AbortSignal.timeout(2000);
  socket.send(bytes, port, '127.0.0.1', ignore);
  try {
    const [answer] = (await once(socket, 'message', { signal: stop })) as [Buffer];
    const reader = new MessageReader();
    return reader.read(answer, 0, answer.length) ? reader : undefined;
  } catch {
    return undefined;
  }
}

/** What a process holds of this host. */
export class Footprint {
  private constructor(
    readonly residentMiB: number,
    readonly descriptors: number,
  ) {}

  static of(pid: number): Footprint {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kiB = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]);
    return new Footprint(kiB / 1024, readdirSync(`/proc/${pid}/fd`).length);
  }
}

/** The process whose command line has this in it. */
export function processWith(argument: string): number {
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    try {
      if (readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument)) return Number(pid);
    } catch {
      // It has ended since.
    }
  }
  throw new Error(`no process with ${argument}`);
}

export const refreshTo0 = (writer: MessageWriter): unknown => writer.uint32(Attribute.Lifetime, 0);
export const { Allocate, Binding, Refresh } = Method;
