/** How clients reach the server. */
export type ClientTransport = 'udp' | 'tcp' | 'tls';

/** Traffic of one measurement: half from clients to peers, half back. */
export interface Scenario {
  readonly name: string;
  readonly clients: number;
  /** Bytes of application data in a datagram. */
  readonly size: number;
  /** Datagrams that one sender sends at once: a video frame is several. */
  readonly burst: number;
  /** Datagrams a second in both directions together; absent: as fast as the server relays them. */
  readonly rate?: number;
  /** Datagrams under way at most, where there is no rate. */
  readonly window: number;
  readonly family: 4 | 6;
  /** Between clients and server; to the peers it is UDP always. */
  readonly transport: ClientTransport;
  /** Send and Data indications instead of ChannelData. */
  readonly indications?: boolean;
  /** CPU per packet, relay to coturn, not to be exceeded. */
  readonly target?: number;
}

const STREAM = { clients: 1, size: 172, burst: 16, window: 512, family: 4, transport: 'udp' } as const;
const VIDEO = { clients: 100, size: 1200, burst: 8, window: 1024, family: 4, transport: 'udp' } as const;
const AUDIO = { clients: 1000, size: 172, burst: 1, window: 1024, family: 4, transport: 'udp' } as const;

export const SCENARIOS: readonly Scenario[] = [
  { ...STREAM, name: '1 client, 172 B, saturated', target: 0.75 },
  { ...VIDEO, name: '100 clients, 1200 B, bursts of 8, saturated', target: 0.75 },
  { ...AUDIO, name: '1000 clients, 172 B, 50k/s', rate: 50_000, target: 0.9 },
  { ...AUDIO, name: '1000 clients, 172 B, 100k/s', rate: 100_000, target: 0.9 },
  { ...STREAM, name: 'IPv6: 1 client, 172 B, saturated', family: 6, target: 0.75 },
  { ...VIDEO, name: 'IPv6: 100 clients, 1200 B, bursts of 8, saturated', family: 6, target: 0.75 },
  { ...AUDIO, name: 'IPv6: 1000 clients, 172 B, 50k/s', rate: 50_000, family: 6, target: 0.9 },
  { ...AUDIO, name: 'IPv6: 1000 clients, 172 B, 100k/s', rate: 100_000, family: 6, target: 0.9 },
  { ...STREAM, name: 'TCP: 1 client, 172 B, saturated', transport: 'tcp' },
  { ...VIDEO, name: 'TCP: 100 clients, 1200 B, bursts of 8, saturated', transport: 'tcp' },
  { ...STREAM, name: 'TLS: 1 client, 172 B, saturated', transport: 'tls' },
  { ...VIDEO, name: 'TLS: 100 clients, 1200 B, bursts of 8, saturated', transport: 'tls' },
  { ...STREAM, name: 'indications: 1 client, 172 B, saturated', indications: true },
  { ...VIDEO, name: 'indications: 100 clients, 1200 B, bursts of 8, saturated', indications: true },
];

/** One by its name, or the saturated form of 1000 clients, which is in no table. */
export function scenario(name: string): Scenario {
  const found = [...SCENARIOS, { ...AUDIO, name: '1000 clients, 172 B, saturated' }].find(each => each.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}

export const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;

export interface Target {
  readonly port: number;
  readonly username: string;
  readonly password: string;
}

/** What the generator is told, as JSON on its command line. */
export interface Job {
  readonly scenario: Scenario;
  readonly target: Target;
  /** Server whose CPU time is read. */
  readonly pid: number;
  /** The one CPU of the server, and that of the generator: what others have of them is read. */
  readonly cpus?: readonly [server: number, generator: number];
  readonly warmUpSeconds: number;
  readonly seconds: number;
  /** Checks receiver, source, order and every byte. */
  readonly verify: boolean;
  /** The kernel says when datagrams arrive, which costs time: what they then wait for the generator does not count. */
  readonly arrivalTimes?: boolean;
  /** Deletes its allocations in the end, for others are to come: one may be given the port of a client of this one. */
  readonly release?: boolean;
}

/** What it found, as JSON on its standard output. */
export interface Measurement {
  readonly sent: number;
  /** Within the measured time. */
  readonly received: number;
  /** Of those sent within the measured time, what had not arrived when nothing came any more. */
  readonly lost: number;
  /** Of those lost, what did arrive at the generator's own sockets, and found them full. */
  readonly overrun: number;
  /** Datagrams that arrived where, or as, they should not. */
  readonly wrong: number;
  readonly duplicates: number;
  readonly reordered: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** What the generator itself took: near `seconds`, it is the limit, unless it waits by polling as it does at a rate. */
  readonly generatorSeconds: number;
  /** CPU time that others had of the server's and of the generator's CPU, to a hundredth of a second; 0 without `cpus`. */
  readonly othersSeconds: readonly [server: number, generator: number];
  /** Microseconds from sender to receiver; the generator's own share is with it unless the kernel says when they arrive. */
  readonly latency: { readonly median: number; readonly p99: number };
}
