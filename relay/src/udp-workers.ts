import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { PortRange } from './io/datagram';
import type { ListenerEvents } from './io/listeners';
import { Arena } from './io/ffi/arena';
import type { Libc } from './io/ffi/libc';
import { Moderation } from './io/mmsg-moderation';
import { mmsgSupport } from './io/mmsg-support';
import { WorkerPool } from './io/worker-pool';
import type { Log, LogFormat, Logger } from './log/logger';
import { DEFAULT_LIMITS, type Limits } from './turn/limits';

export interface UdpWorkersOptions {
  readonly log: Log;
  readonly logFormat?: LogFormat;
  readonly udpThreads?: number;
  readonly udpModeration?: number;
  readonly relayAddresses?: readonly string[];
  readonly relayPorts?: PortRange;
  readonly limits?: Partial<Limits>;
}

/** Beside this file once the relay is built. */
const ENTRY = join(__dirname, 'udp-worker.cjs');

/** Threads for UDP clients, or undefined where this host cannot have them; the log says which. */
export function startUdpWorkers(
  {
    log,
    logFormat = 'text',
    udpThreads = 0,
    udpModeration = 0,
    relayAddresses,
    relayPorts,
    limits = {},
  }: UdpWorkersOptions,
  events: ListenerEvents,
  logger: Logger,
): WorkerPool | undefined {
  if (!existsSync(ENTRY)) return undefined;
  const support = mmsgSupport();
  if (support.libc === undefined) {
    logger.warn(`batched datagrams are off, each packet costs more: ${support.reason}`);
    return undefined;
  }
  const cpus = availableParallelism();
  const count = udpThreads === 0 ? cpus : Math.min(udpThreads, cpus);
  const how = support.segmentation ? 'with segmentation by the kernel' : 'without segmentation by the kernel';
  logger.info(`datagram I/O: recvmmsg and sendmmsg in ${count} threads, ${how}`);
  return new WorkerPool({
    libc: support.libc,
    entry: ENTRY,
    count,
    allocations: limits.allocations ?? DEFAULT_LIMITS.allocations,
    setup: {
      logFormat,
      segmentation: support.segmentation,
      moderation: isPrecise(support.libc, udpModeration, logger) ? udpModeration : 0,
      relayAddresses,
      relayPorts,
    },
    events,
    logger,
    log: line => log.line(line),
  });
}

/** Whether this host can pause for so short a time; the log says if not. */
function isPrecise(libc: Libc, microseconds: number, logger: Logger): boolean {
  if (microseconds === 0 || new Moderation(libc, new Arena(libc, Moderation.space), microseconds).isPrecise())
    return true;
  logger.warn(`datagrams are not gathered: this host's timers are too coarse for ${microseconds} us`);
  return false;
}
