import type { ServerName } from './installed-servers';
import type { Measurement, Scenario } from './scenario';

/** One run of one server. Runs of one round stand beside each other in time, so they share what else the machine did. */
export interface Run {
  readonly scenario: Scenario;
  readonly server: ServerName;
  readonly round: number;
  readonly measurement: Measurement;
}

export type Spread = readonly [least: number, median: number, most: number];

export interface Summary {
  readonly scenario: string;
  readonly server: ServerName;
  readonly runs: number;
  /** Microseconds of CPU for each datagram that arrived. */
  readonly cpu: Spread;
  /** Median of the datagrams a second. */
  readonly packetsPerSecond: number;
  /** Median share of datagrams that did not arrive. */
  readonly loss: number;
  /** Median share of its CPU that the server used: well below 1 without a rate, the generator was the limit. */
  readonly busy: number;
  /** Median share of a CPU that others used, of the server's or of the generator's, whichever is more. */
  readonly others: number;
  /** CPU of the relay divided by that of this server, paired by round. */
  readonly relayRatio?: Spread;
  readonly target?: number;
  /** Runs that others on this machine have spoilt: they show, but nothing can be read from them. */
  readonly disturbed: number;
  /** Rounds in which neither the relay's run nor this server's was: the ratio is theirs, or of all if there is none. */
  readonly cleanPairs: number;
}

/**
 * Share of a CPU that others may have had, and share of the rate that the generator must have kept. A server's own
 * threads that wait for each other on its one CPU are not others: that is what the server costs. Of a CPU that sleeps and
 * wakes ten thousands of times a second, the kernel's ticks count an eighth as busy that nobody is charged for.
 */
const [MOST_OTHERS, LEAST_RATE] = [0.2, 0.95];

function isDisturbed(run: Run): boolean {
  const { rate = 0 } = run.scenario;
  const { seconds, sent } = run.measurement;
  return others(run) > MOST_OTHERS || sent / seconds < rate * LEAST_RATE;
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
    const target = targetOf(server, scenario);
    return {
      scenario: scenario.name,
      server,
      runs: group.length,
      disturbed: group.filter(isDisturbed).length,
      cpu: spread(group.map(cpu)),
      packetsPerSecond: median(group.map(({ measurement: { received, seconds } }) => received / seconds)),
      loss: median(group.map(({ measurement: { sent, lost } }) => lost / sent)),
      busy: median(group.map(({ measurement: { cpuSeconds, seconds } }) => cpuSeconds / seconds)),
      others: median(group.map(others)),
      cleanPairs: clean.length,
      ...(server === 'relay' || ratios.length === 0 ? {} : { relayRatio: spread(ratios) }),
      ...(target === undefined ? {} : { target }),
    };
  });
}

/** CPU per packet, relay to the server, not to be exceeded in any scenario. */
const TARGETS: Partial<Record<ServerName, number>> = { pion: 0.6, 'turn-server': 0.4 };

function targetOf(server: ServerName, scenario: Scenario): number | undefined {
  return server === 'coturn' ? scenario.target : TARGETS[server];
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function spread(values: readonly number[]): Spread {
  return [Math.min(...values), median(values), Math.max(...values)];
}

function cpu({ measurement: { cpuSeconds, received } }: Run): number {
  return (cpuSeconds / received) * 1e6;
}

function others({ measurement: { othersSeconds, seconds } }: Run): number {
  return Math.max(...othersSeconds) / seconds;
}

function sameRound(a: Run, b: Run): boolean {
  return a.round === b.round && a.scenario === b.scenario;
}
