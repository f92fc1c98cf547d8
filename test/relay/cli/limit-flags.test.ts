import { LIMIT_FLAGS } from '../../../relay/src/cli/limit-flags';
import { UsageError } from '../../../relay/src/cli/flags';
import { parseOptions } from '../../../relay/src/cli/options';
import { usage } from '../../../relay/src/cli/usage';
import { DEFAULT_LIMITS } from '../../../relay/src/turn/limits';

const read = (...argv: string[]) => parseOptions(argv, {}, 'host-1');

test.each([
  ['--max-allocations=5', { allocations: 5 }],
  ['--allocations-per-user=7', { allocationsPerStaticUser: 7, allocationsPerEphemeralUser: 7 }],
  ['--allocations-per-user=0', { allocationsPerStaticUser: 0, allocationsPerEphemeralUser: 0 }],
  ['--allocations-per-source=0', { allocationsPerSource: 0 }],
  ['--permissions-per-allocation=9', { permissions: 9 }],
  ['--channels-per-allocation=9', { channels: 9 }],
  ['--peer-connections-per-allocation=9', { connections: 9 }],
  ['--bytes-per-second=125000', { bytesPerSecond: 125_000 }],
  ['--packets-per-second=500', { packetsPerSecond: 500 }],
  ['--replies-per-second=10', { unauthenticatedReplies: 10, unauthenticatedBurst: 40 }],
])('%s', (flag, limits) => {
  expect(read(flag)).toMatchObject({ limits, streamLimits: {} });
});

test.each([
  ['--connections-per-source=3', { connectionsPerSource: 3 }],
  ['--connections-per-listener=3', { connections: 3 }],
])('%s', (flag, streamLimits) => {
  expect(read(flag)).toMatchObject({ limits: {}, streamLimits });
});

test('several flags add up', () => {
  expect(read('--max-allocations', '5', '--bytes-per-second', '6').limits).toEqual({
    allocations: 5,
    bytesPerSecond: 6,
  });
});

test('without flags everything is left to the configuration and the defaults', () => {
  expect(read()).toMatchObject({ limits: {}, streamLimits: {}, mobility: false });
});

test.each(['--max-allocations=0', '--permissions-per-allocation=0', '--bytes-per-second=-1', '--packets-per-second=x'])(
  '%s is refused',
  flag => {
    expect(() => read(flag)).toThrow(UsageError);
    expect(() => read(flag)).toThrow(flag.split('=')[0]);
  },
);

test('mobility is a switch', () => {
  expect(read('--mobility').mobility).toBe(true);
});

test('every limit is in the usage text', () => {
  for (const { long } of LIMIT_FLAGS) expect(usage()).toContain(`--${long} N`);
});

test.each([
  'allocations',
  'allocationsPerEphemeralUser',
  'allocationsPerSource',
  'permissions',
  'channels',
  'unauthenticatedReplies',
] as const)('%s is limited by default', limit => {
  expect(DEFAULT_LIMITS[limit]).toBeGreaterThan(0);
});
