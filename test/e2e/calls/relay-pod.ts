import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RelayProcess, type LogLine } from '../../../examples/demo/relay-process';
import type { GatewayManifests } from './gateway-manifests';
import type { Host } from './host';
import { httpUnix } from './http-unix';
import { Metrics } from './metrics';
import { Inspector } from './inspector';
import { PortTunnel } from './port-tunnel';
import { until } from './until';

/** Of the relay, in the image and out of it. */
const USER = 65_532;
const METRICS_PORT = 8080;
const HEALTH_PORT = 8086;
/** Node's own; closed until the process gets SIGUSR1. */
const DEBUG_PORT = 9229;
const LISTENERS = ['udp', 'tcp', 'tls'];

export interface RelayPodOptions {
  /** Keeps its files. */
  readonly folder: string;
  /** Words that run a relay on its host. */
  readonly command: readonly string[];
  readonly manifests: GatewayManifests;
  /** Relayed addresses are here. */
  readonly address: string;
  /** More of its command line. */
  readonly args?: readonly string[];
}

/** The relay under test on a host, as a pod would run it. */
export class RelayPod {
  private constructor(
    readonly log: RelayProcess,
    readonly host: Host,
    private readonly tunnels: Readonly<Record<'metrics' | 'health' | 'debug', PortTunnel>>,
  ) {}

  /** Resolves when all listeners are on. */
  static async start(
    host: Host,
    { folder, command, manifests, address, args = [] }: RelayPodOptions,
  ): Promise<RelayPod> {
    const log = new RelayProcess(command, [
      ...['--manifests', manifests.rendered, '--manifests', manifests.added, '--watch'],
      ...['--relay-address', address, '--udp-thread-num', '2'],
      ...['--metrics-endpoint', `http://:${METRICS_PORT}/metrics`, '--health-endpoint', `http://:${HEALTH_PORT}`],
      ...args,
    ]);
    const tunnel = (name: string, port: number): Promise<PortTunnel> => PortTunnel.open(host, port, join(folder, name));
    const pod = new RelayPod(log, host, {
      metrics: await tunnel('metrics', METRICS_PORT),
      health: await tunnel('health', HEALTH_PORT),
      debug: await tunnel('debug', DEBUG_PORT),
    });
    for (const name of LISTENERS) await log.line(({ msg }) => msg.includes(`${name}-listener receives`));
    return pod;
  }

  /** Until the last allocation has ended, or a time limit in milliseconds. @returns the counters then. */
  async empty(limit = 20_000): Promise<Metrics> {
    await until('relay without allocations', async () => (await this.metrics()).allocations === 0, limit);
    return this.metrics();
  }

  /** Makes a change, and waits until the configuration that it makes is in force. */
  async after(change: () => void): Promise<void> {
    const since = this.log.lines.length;
    change();
    await this.log.line(inForce, since);
  }

  /** Its counters, with all that has happened until now: threads tell theirs once a second. */
  async metrics(): Promise<Metrics> {
    await sleep(1100);
    return new Metrics((await httpUnix(this.tunnels.metrics.socketPath, '/metrics')).body);
  }

  /** Status code of `/ready`. */
  async ready(): Promise<number> {
    return (await httpUnix(this.tunnels.health.socketPath, '/ready')).status;
  }

  /** Makes the oldest thread for UDP clients fail, and waits for the one that takes its place. */
  async endOldestWorker(): Promise<void> {
    const since = this.log.lines.length;
    this.log.signal('SIGUSR1');
    await this.log.line(({ msg }) => msg.startsWith('Debugger listening'));
    const inspector = await Inspector.open(this.tunnels.debug.socketPath);
    await until('threads', () => inspector.workerCount >= 2);
    inspector.endOldestWorker();
    await this.log.line(({ msg }) => msg.startsWith('a UDP worker has ended'), since);
    await this.log.line(({ msg }) => msg.includes('udp-listener receives'), since);
    inspector.close();
  }

  /** SIGTERM, as a pod that is deleted gets it. */
  drain(): void {
    this.log.signal('SIGTERM');
  }

  /** SIGKILL, as a node that dies does it. */
  kill(): void {
    process.kill(this.pid, 'SIGKILL');
  }

  /** Its process. */
  get pid(): number {
    return this.host.pids.find(pid => userOf(pid) === USER)!;
  }

  async stop(): Promise<void> {
    await this.log.stop();
    for (const tunnel of Object.values(this.tunnels)) tunnel.close();
  }
}

/** As /proc tells it to root only: the files of a process that is not dumpable belong to nobody else. */
function userOf(pid: number): number {
  return Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

function inForce({ msg }: LogLine): boolean {
  return msg.startsWith('configuration of');
}
