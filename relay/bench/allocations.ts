import { readFileSync } from 'node:fs';
import { Endpoint } from '../src/net/endpoint';
import { cpuTime } from './cpu-time';
import { exchange } from './exchange';
import { LOOPBACK, type Target } from './scenario';
import { Sockets } from './sockets';
import { TurnSession } from './turn-session';

/** What the program is told: how many allocations to make, and where to stop and look. */
export interface AllocationsJob {
  readonly target: Target;
  readonly pid: number;
  /** Numbers of allocations at which the server is measured, in order. */
  readonly marks: readonly number[];
}

export interface AllocationsMark {
  readonly allocations: number;
  /** Resident memory of the server. */
  readonly residentKiB: number;
  /** CPU time of the server since it was started. */
  readonly cpuSeconds: number;
}

function main({ target, pid, marks }: AllocationsJob): AllocationsMark[] {
  const sockets = new Sockets(4);
  const server = Endpoint.of(LOOPBACK[4], target.port);
  const peer = Endpoint.of('127.0.0.2', 9);
  let made = 0;
  return marks.map(mark => {
    for (; made < mark; made++) {
      const socket = sockets.open(LOOPBACK[4]);
      const { username, password } = target;
      const session = new TurnSession(request => exchange(sockets, socket, server, request), username, password, made);
      session.allocate(4);
      // What a client has before it sends.
      session.bind(0x4000, peer);
    }
    return { allocations: made, residentKiB: residentKiB(pid), cpuSeconds: cpuTime(pid).seconds };
  });
}

function residentKiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

process.stdout.write(`${JSON.stringify(main(JSON.parse(process.argv[2] ?? '') as AllocationsJob))}\n`);
