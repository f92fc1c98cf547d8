import { parseStunnerdConfig } from '../../relay/src/config/stunnerd-v1';
import type { RelayConfig } from '../../relay/src/config/relay-config';
import { serverSettings } from '../../relay/src/settings';
import { DEFAULT_LIMITS } from '../../relay/src/turn/limits';

const config: RelayConfig = {
  name: 'stunner/edge',
  realm: 'example.org',
  logLevel: 'all:INFO',
  credentials: [],
  listeners: [{ name: 'stunner/edge/udp', transport: 'udp', port: 3478, address: '0.0.0.0', routes: [] }],
  clusters: [],
};
const relayFamilies = (): (4 | 6)[] => [4];
const settings = (userQuota: number | undefined, limits = {}) =>
  serverSettings({ ...config, userQuota }, { relayFamilies, limits });

describe('the quota of one user', () => {
  test.each([undefined, 0])('%s in the configuration leaves the defaults', quota => {
    expect(settings(quota).limits).toEqual(DEFAULT_LIMITS);
  });

  test('of the configuration holds for every user', () => {
    expect(settings(3).limits).toMatchObject({ allocationsPerStaticUser: 3, allocationsPerEphemeralUser: 3 });
  });

  test('of the command line wins', () => {
    const limits = { allocationsPerStaticUser: 9, allocationsPerEphemeralUser: 9 };
    expect(settings(3, limits).limits).toMatchObject(limits);
  });

  test.each([
    [{ user_quota: 5 }, 5],
    [{ user_quota: 0 }, undefined],
    [{}, undefined],
  ])('admin %j of a stunnerd configuration: %s', (admin, expected) => {
    const text = JSON.stringify({ version: 'v1', admin, auth: { type: 'none' } });
    const result = parseStunnerdConfig(text, {});
    expect('config' in result && result.config.userQuota).toBe(expected);
  });

  test('a negative one makes a stunnerd configuration unusable', () => {
    const result = parseStunnerdConfig(JSON.stringify({ admin: { user_quota: -1 }, auth: { type: 'none' } }), {});
    expect(result).toMatchObject({ problems: [{ field: 'admin.user_quota' }] });
  });
});

test('the core is told where a listener is, so that it notices when it moves', () => {
  expect(settings(undefined).listeners.get('stunner/edge/udp')).toMatchObject({ transport: 'udp', port: 3478 });
});
