import type { ServerName } from './servers';
import type { Measurement, Scenario } from './scenario';

/** One run of one server. Runs of one round stand beside each other in time, so they share what else the machine did. */
export interface Run {
  readonly scenario: Scenario;
  readonly server: ServerName;
  readonly round: number;
  readonly measurement: Measurement;
}

export interface Summary {
  readonly scenario: string;
  readonly server: ServerName;
  readonly runs: number;
  /** Microseconds of CPU for each datagram that arrived: least, median, most. */
  readonly cpu: readonly [number, number, number];
  /** Median of the datagrams a second. */
  readonly packetsPerSecond: number;
  /** Median share of datagrams that did not arrive within the measured time. */
  readonly loss: number;
  /** Median share of the time that another process had the server's CPU. */
  readonly wait: number;
  /** CPU of the relay divided by that of this server, paired by round: least, median, most. */
  readonly relayRatio?: readonly [number, number, number];
  readonly target?: number;
  /** Runs that others on this machine have spoilt: they show, but nothing can be read from them. */
  readonly disturbed: number;
  /** Rounds in which neither the relay's run nor this server's was: the ratio is theirs, or of all if there is none. */
  readonly cleanPairs: number;
}

/** Share of time that others may have had the server's CPU, and share of the rate that the generator must have kept. */
const MOST_WAIT = 0.1;
const LEAST_RATE = 0.95;

function isDisturbed({ scenario: { rate = 0 }, measurement: { waitSeconds, seconds, sent } }: Run): boolean {
  return waitSeconds / seconds > MOST_WAIT || sent / seconds < rate * LEAST_RATE;
}

export function summarize(runs: readonly Run[]): Summary[] {
  const groups = Map.groupBy(runs, ({ scenario, server }) => `${scenario.name}\n${server}`);
  return [...groups.values()].map(group => {
    const { scenario, server } = group[0]!;
    const pairs = group.flatMap(run => {
      const relay = runs.find(other => other.server === 'relay' && sameRound(other, run));
      return relay === undefined
        ? []
        : [{ ratio: cpu(relay) / cpu(run), spoilt: isDisturbed(relay) || isDisturbed(run) }];
    });
    const clean = pairs.filter(({ spoilt }) => !spoilt);
    const ratios = (clean.length > 0 ? clean : pairs).map(({ ratio }) => ratio);
    return {
      scenario: scenario.name,
      server,
      runs: group.length,
      disturbed: group.filter(isDisturbed).length,
      cpu: spread(group.map(cpu)),
      packetsPerSecond: median(group.map(({ measurement: { received, seconds } }) => received / seconds)),
      loss: median(group.map(({ measurement: { sent, received } }) => 1 - received / sent)),
      wait: median(group.map(({ measurement: { waitSeconds, seconds } }) => waitSeconds / seconds)),
      cleanPairs: clean.length,
      ...(server === 'relay' || ratios.length === 0 ? {} : { relayRatio: spread(ratios) }),
      ...(server === 'coturn' && scenario.target !== undefined ? { target: scenario.target } : {}),
      ...(server === 'turn-server' ? { target: TURN_SERVER_TARGET } : {}),
      ...(server === 'pion' ? { target: PION_TARGET } : {}),
    };
  });
}

/** CPU per packet, relay to pion and to the npm package turn-server, not to be exceeded. */
const [PION_TARGET, TURN_SERVER_TARGET] = [0.6, 0.4];

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function spread(values: readonly number[]): [number, number, number] {
  return [Math.min(...values), median(values), Math.max(...values)];
}

function cpu({ measurement: { cpuSeconds, received } }: Run): number {
  return (cpuSeconds / received) * 1e6;
}

function sameRound(a: Run, b: Run): boolean {
  return a.round === b.round && a.scenario === b.scenario;
}
