import { setTimeout as sleep } from 'node:timers/promises';
import { secret } from '../../examples/demo/overlay';
import { ephemeralPassword } from '../../relay/src/auth/ephemeral';
import { Endpoint } from '../../relay/src/net/endpoint';
import { Attribute, Method } from '../../relay/src/stun/constants';
import { UdpTurnClient } from '../relay/io/udp-turn-client';
import { ALICE } from '../relay/turn/harness';
import { controlPlaneAssets } from './assets';
import { ClusterSite, HAS_PODS, type Manifest, POD, type SiteRelay, until } from './cluster-site';
import { FalseClock, hasteOf, NO_CLOCK } from './false-clock';

const assets = controlPlaneAssets();
const missing =
  typeof assets === 'string' ? assets : POD === undefined ? 'an IPv4 address besides the loopback' : NO_CLOCK;
if (missing !== undefined) console.warn(`SKIPPED: the relay with a clock that jumps needs ${missing}`);
if (!HAS_PODS) console.warn('SKIPPED: the service account as a pod has it needs unshare and root');

const { username, password } = ALICE as { username: string; password: string };
const HOUR = 3600;
const OTHER = '10.9.9.9';
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/stunner/leases/stunner-gateway';

const credentials = (data: Record<string, string>): Manifest =>
  secret('stunner', 'stunner-auth', data) as unknown as Manifest;

(missing === undefined ? describe : describe.skip)('the relay in a cluster, and time', () => {
  let site: ClusterSite;

  const ready = (relay: SiteRelay): Promise<number> =>
    until('ready', async () => (await fetch(`${relay.health}/ready`)).status === 200, 20_000);
  const called = (expected: string, limit = 40_000): Promise<number> =>
    until(`a call: ${expected}`, async () => (await site.call('-w', password)).includes(expected), limit);
  const permits = async (turn: UdpTurnClient, peer = POD!): Promise<number | undefined> =>
    (
      await turn.request(Method.CreatePermission, writer =>
        writer.xorAddress(Attribute.XorPeerAddress, Endpoint.of(peer, 0)),
      )
    ).code;
  const refresh = async (turn: UdpTurnClient): Promise<number | undefined> =>
    (await turn.request(Method.Refresh, writer => writer.uint32(Attribute.Lifetime, 600))).code;
  const lease = async (): Promise<{ renewTime: string; holderIdentity?: string; leaseTransitions: number }> =>
    (await site.plane.call('GET', LEASE)).body.spec as Awaited<ReturnType<typeof lease>>;

  beforeAll(async () => {
    if (typeof assets === 'string') return;
    site = await ClusterSite.start(assets);
    await site.apply(credentials({ type: 'static', username, password }));
  }, 120_000);
  afterAll(() => site.stop());

  describe('with a wall clock that jumps', () => {
    const clock = new FalseClock();
    let relay: SiteRelay;

    beforeAll(async () => {
      relay = await site.relayIn(clock.environment);
      await ready(relay);
      await until('the election', async () => (await lease()).holderIdentity !== undefined, 20_000);
    }, 60_000);
    afterAll(async () => {
      await relay.stop();
      clock.remove();
    });

    test('calls, sessions, configuration and Lease go on', async () => {
      const before = await lease();
      const turn = await UdpTurnClient.open(site.ports.turn);
      await turn.allocate();
      const running = site.call('-w', password, '-n', '600', '-z', '25');
      for (const hours of [2, -3, 0]) {
        clock.set(hours * HOUR);
        const isThere = async (): Promise<boolean> =>
          Math.abs(Date.parse((await lease()).renewTime) - Date.now() - hours * HOUR * 1000) < 60_000;
        await until(`a Lease renewed by a clock ${hours} hours ahead`, isThere, 15_000);
        // The nonce that it has is of another time: it gets another one, and keeps what it has allocated.
        expect(await refresh(turn)).toBeUndefined();
        expect(await permits(turn)).toBeUndefined();
        expect(await site.call('-w', password)).toBe('lossless');
        await site.apply(...site.media([POD!, OTHER]));
        await until('the change is followed', async () => (await permits(turn, OTHER)) === undefined, 5000);
        await site.apply(...site.media());
        await until('the change is followed', async () => (await permits(turn, OTHER)) === 403, 5000);
      }
      expect(await running).toBe('lossless');
      const { holderIdentity, leaseTransitions } = await lease();
      expect({ holderIdentity, leaseTransitions }).toEqual({
        holderIdentity: before.holderIdentity,
        leaseTransitions: before.leaseTransitions,
      });
      turn.close();
    }, 120_000);

    test('a session goes on without a loss, and a time-limited credential is judged by the clock as it is', async () => {
      const shared = 'battery-staple';
      await site.apply(credentials({ type: 'ephemeral', secret: shared }));
      const name = `${Math.floor(Date.now() / 1000) + HOUR / 2}:bob`;
      const user = ['-u', name, '-w', ephemeralPassword(shared, name)];
      await until('the credential', async () => (await site.call(...user)) === 'lossless', 15_000);
      const running = site.call(...user, '-n', '400', '-z', '20');
      await sleep(1000);
      clock.set(HOUR);
      await until('it has expired', async () => (await site.call(...user)).includes('Cannot complete Allocation'));
      clock.set(-HOUR);
      await until('it has not yet', async () => (await site.call(...user)) === 'lossless');
      clock.set(0);
      expect(await site.call(...user)).toBe('lossless');
      expect(await running).toBe('lossless');
      await site.apply(credentials({ type: 'static', username, password }));
      await called('lossless');
    }, 90_000);
  });

  (HAS_PODS ? test : test.skip)(
    'a token that is replaced while the clock is set back is used',
    async () => {
      const holder = secret('stunner', 'of-the-old-token', {}) as unknown as Manifest;
      await site.apply(holder);
      const { uid } = ((await site.plane.call('GET', '/api/v1/namespaces/stunner/secrets/of-the-old-token')).body
        .metadata ?? {}) as { uid: string };
      const boundTo = { kind: 'Secret', apiVersion: 'v1', name: 'of-the-old-token', uid };
      const old = await site.plane.serviceAccountToken('stunner', 'stunner-gateway', boundTo);
      const clock = new FalseClock();
      const relay = await site.podRelay(clock.environment, old);
      await ready(relay);
      // No further than to when the server's certificate begins.
      clock.set(-HOUR / 2);
      await site.mountToken(await site.token());
      await site.remove(holder);
      await site.plane.killServer();
      await site.plane.restartServer();
      await site.apply(...site.media(['10.9.9.9']));
      await called('error 403');
      await site.apply(...site.media());
      await called('lossless');
      await relay.stop();
      clock.remove();
    },
    120_000,
  );

  test('an hour without the API server: sessions and new calls go on, and changes are followed afterwards', async () => {
    // The server's time does not go faster: it has this much less of it to answer in.
    const TIMES = 30;
    const relay = await site.relayIn(hasteOf(TIMES));
    await ready(relay);
    const turn = await UdpTurnClient.open(site.ports.turn);
    await turn.allocate();
    await site.plane.killServer();
    const begun = performance.now();
    for (let i = 0; performance.now() - begun < (62 * 60_000) / TIMES; i++) {
      // Lifetimes of ten and five minutes pass in seconds.
      expect(await refresh(turn)).toBeUndefined();
      expect(await permits(turn)).toBeUndefined();
      if (i % 10 === 0) expect(await site.call('-w', password)).toBe('lossless');
      // Asked again where its patience, which goes as fast, has ended first.
      await ready(relay);
      await sleep(1000);
    }
    // Told once for each way in which it failed, and not with each attempt.
    expect(relay.lines.filter(({ msg }) => msg.includes('cannot be used')).length).toBeLessThan(20);
    await site.plane.restartServer();
    // By new calls: while the server came up, the session may have ended for want of a refresh.
    await site.apply(...site.media([OTHER]));
    await called('error 403', 60_000);
    await site.apply(...site.media());
    await called('lossless', 60_000);
    turn.close();
    await relay.stop();
  }, 300_000);
});
