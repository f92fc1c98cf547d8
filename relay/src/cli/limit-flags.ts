import type { StreamLimits } from '../io/stream-limits';
import type { Limits } from '../turn/limits';
import type { DocumentedFlag } from './flag-table';
import type { ParsedFlags } from './flags';

interface LimitFlag extends DocumentedFlag {
  readonly min: number;
  readonly max: number;
  /** The limits that the flag's value stands for. */
  readonly limits?: (value: number) => Partial<Limits>;
  readonly streamLimits?: (value: number) => Partial<StreamLimits>;
}

const MOST = 999_999_999;
const flag = { group: 'Limits', kind: 'value', placeholder: 'N', min: 0, max: MOST } as const;

/** What clients may take, each with its flag. 0 is no limit where the help says so. */
export const LIMIT_FLAGS: readonly LimitFlag[] = [
  {
    ...flag,
    long: 'max-allocations',
    min: 1,
    help: 'allocations of all clients; default 18000, and never more than the limit of open files allows',
    limits: allocations => ({ allocations }),
  },
  {
    ...flag,
    long: 'allocations-per-user',
    help: 'allocations of one user, 0: no limit; default what the configuration says, else 64 for time-limited users only',
    limits: quota => ({ allocationsPerStaticUser: quota, allocationsPerEphemeralUser: quota }),
  },
  {
    ...flag,
    long: 'allocations-per-source',
    help: 'allocations of one IPv4 address or IPv6 /64, 0: no limit; raise it behind a load balancer that hides clients; default 2048',
    limits: allocationsPerSource => ({ allocationsPerSource }),
  },
  {
    ...flag,
    long: 'permissions-per-allocation',
    min: 1,
    help: 'default 128',
    limits: permissions => ({ permissions }),
  },
  { ...flag, long: 'channels-per-allocation', min: 1, help: 'default 64', limits: channels => ({ channels }) },
  {
    ...flag,
    long: 'peer-connections-per-allocation',
    help: 'connections with TCP peers; default 64',
    limits: connections => ({ connections }),
  },
  {
    ...flag,
    long: 'credential-lifetime',
    help: 'seconds from now at which a time-limited user name may expire at the latest, 0: no limit; default 0',
    limits: credentialSeconds => ({ credentialSeconds }),
  },
  {
    ...flag,
    long: 'bytes-per-second',
    help: 'payload that one allocation relays, in each direction, 0: no limit; default 0',
    limits: bytesPerSecond => ({ bytesPerSecond }),
  },
  {
    ...flag,
    long: 'packets-per-second',
    help: 'datagrams that one allocation relays, in each direction, 0: no limit; default 0',
    limits: packetsPerSecond => ({ packetsPerSecond }),
  },
  {
    ...flag,
    long: 'replies-per-second',
    max: 1_000_000,
    help: 'UDP answers to one source without credentials, four times as many in a burst, 0: no limit; default 100',
    limits: replies => ({ unauthenticatedReplies: replies, unauthenticatedBurst: 4 * replies }),
  },
  {
    ...flag,
    long: 'connections-per-source',
    min: 1,
    help: 'TCP and TLS connections of one IPv4 address or IPv6 /64; default 2048',
    streamLimits: connectionsPerSource => ({ connectionsPerSource }),
  },
  {
    ...flag,
    long: 'connections-per-listener',
    min: 1,
    help: 'TCP and TLS connections; default 16384',
    streamLimits: connections => ({ connections }),
  },
];

/** What the command line limits. */
export interface LimitOptions {
  readonly limits: Partial<Limits>;
  readonly streamLimits: Partial<StreamLimits>;
}

/** @param integerOf reads a whole number within bounds, or throws UsageError. */
export function limitsOf(
  flags: ParsedFlags,
  integerOf: (flag: string, text: string, min: number, max: number) => number,
): LimitOptions {
  const given = LIMIT_FLAGS.flatMap(({ long, min, max, limits, streamLimits }) => {
    const text = flags.value(long);
    if (text === undefined) return [];
    const value = integerOf(`--${long}`, text, min, max);
    return [{ limits: limits?.(value), streamLimits: streamLimits?.(value) }];
  });
  return {
    limits: Object.assign({}, ...given.map(each => each.limits)) as Partial<Limits>,
    streamLimits: Object.assign({}, ...given.map(each => each.streamLimits)) as Partial<StreamLimits>,
  };
}
