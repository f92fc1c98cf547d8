import { readFileSync } from 'node:fs';
import { Endpoint } from '../src/net/endpoint';
import { cpuTime } from './cpu-time';
import { exchange } from './exchange';
import { LOOPBACK, type Target } from './scenario';
import { Sockets, type BenchSocket } from './sockets';
import { TurnSession } from './turn-session';

/** What the program is told: how many allocations to make, and where to stop and look. */
export interface AllocationsJob {
  readonly target: Target;
  readonly pid: number;
  /** Numbers of allocations at which the server is measured, in order. */
  readonly marks: readonly number[];
  /** How often they are made; between one time and the next all are released. */
  readonly passes: number;
}

export interface AllocationsMark {
  readonly pass: number;
  readonly allocations: number;
  /** Resident memory of the server. */
  readonly residentKiB: number;
  /** CPU time of the server since it was started. */
  readonly cpuSeconds: number;
}

/** Not where relayed transport addresses are: a port that a client has there is none for the server. */
const CLIENTS = '127.0.0.3';
const PEER = Endpoint.of('127.0.0.2', 9);

async function main({ target, pid, marks, passes }: AllocationsJob): Promise<AllocationsMark[]> {
  const sockets = new Sockets(4);
  const server = Endpoint.of(LOOPBACK[4], target.port);
  const clients: BenchSocket[] = [];
  const found: AllocationsMark[] = [];
  for (let pass = 1; pass <= passes; pass++) {
    const sessions: TurnSession[] = [];
    for (const mark of marks) {
      while (sessions.length < mark) {
        const socket = (clients[sessions.length] ??= sockets.open(CLIENTS));
        const id = pass * 1_000_000 + sessions.length;
        const { username, password } = target;
        const session = new TurnSession(request => exchange(sockets, socket, server, request), username, password, id);
        await session.allocate(4);
        // What a client has before it sends.
        await session.bind(0x4000, PEER);
        sessions.push(session);
      }
      found.push({ pass, allocations: mark, residentKiB: residentKiB(pid), cpuSeconds: cpuTime(pid) });
    }
    for (const session of sessions) await session.release();
  }
  return found;
}

function residentKiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

void main(JSON.parse(process.argv[2] ?? '') as AllocationsJob).then(found =>
  process.stdout.write(`${JSON.stringify(found)}\n`),
);
