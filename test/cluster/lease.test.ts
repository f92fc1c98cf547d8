import { setTimeout as sleep } from 'node:timers/promises';
import type { Api } from '../../relay/src/cluster-status/api';
import { Election } from '../../relay/src/cluster-status/election';
import { mapOf, type JsonMap } from '../../relay/src/cluster-status/json';
import { Log } from '../../relay/src/log/logger';
import { controlPlaneAssets } from './assets';
import { eventually, FAST, GATEWAY, StatusSite } from './status-site';

const assets = controlPlaneAssets();
if (typeof assets === 'string') console.warn(`SKIPPED: election by a Lease needs ${assets}`);

const PATH = `/apis/coordination.k8s.io/v1/namespaces/${GATEWAY.namespace}/leases`;
const LEASE_MS = FAST.leaseSeconds * 1000;

/** A line to the API server that can be cut: what is asked then is never answered. */
class Line implements Api {
  isCut = false;

  constructor(private readonly api: Api) {}

  readonly request: Api['request'] = (method, path, options) => {
    if (!this.isCut) return this.api.request(method, path, options);
    return new Promise((_, reject) => {
      options?.signal?.addEventListener('abort', () => reject(new Error('no answer')));
    });
  };
}

(typeof assets === 'string' ? describe.skip : describe)(
  'election by a Lease, with the rights that are rendered',
  () => {
    let site: StatusSite;
    let candidates: { readonly line: Line; readonly election: Election }[] = [];
    let elected: string[] = [];

    beforeAll(async () => {
      if (typeof assets === 'string') return;
      site = await StatusSite.start(assets);
    }, 120_000);
    afterAll(() => site.stop());
    afterEach(async () => {
      await Promise.all(candidates.map(({ election }) => election.resign()));
      await site.plane.call('DELETE', `${PATH}/${GATEWAY.name}`);
      candidates = [];
      elected = [];
    });

    function stand(...identities: string[]): void {
      for (const identity of identities) {
        const line = new Line(site.api);
        const logger = new Log({ destination: { write: text => site.log.push(text) } }).scope('cluster');
        const election = new Election({
          api: line,
          logger,
          ...GATEWAY,
          ...FAST,
          identity,
          elected: () => elected.push(identity),
        });
        candidates.push({ line, election });
        election.start();
      }
    }

    const holders = () => candidates.filter(({ election }) => election.isHolder);
    const lease = async (): Promise<JsonMap> => mapOf((await site.read(`${PATH}/${GATEWAY.name}`)).spec);

    /** Writes the Lease as a holder elsewhere would. */
    async function renewElsewhere(renewTime: string): Promise<void> {
      const spec = {
        holderIdentity: 'elsewhere',
        leaseDurationSeconds: FAST.leaseSeconds,
        leaseTransitions: 4,
        renewTime,
      };
      const object = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { ...GATEWAY }, spec };
      await site.apply(object);
    }

    test('GIVEN three candidates THEN one holds the Lease, and goes on to', async () => {
      stand('a', 'b', 'c');
      await eventually(() => expect(holders()).toHaveLength(1));
      const first = await lease();
      expect(first).toMatchObject({
        holderIdentity: elected[0],
        leaseDurationSeconds: FAST.leaseSeconds,
        leaseTransitions: 0,
      });
      await sleep(LEASE_MS + 1000);
      expect(holders()).toHaveLength(1);
      expect(elected).toHaveLength(1);
      const now = await lease();
      expect(now).toMatchObject({ holderIdentity: elected[0], leaseTransitions: 0, acquireTime: first.acquireTime });
      expect(now.renewTime).not.toBe(first.renewTime);
    });

    test('GIVEN a holder that resigns THEN another takes its place without waiting for the Lease to expire', async () => {
      stand('a', 'b');
      await eventually(() => expect(holders()).toHaveLength(1));
      const [holder] = holders();
      const began = Date.now();
      await holder!.election.resign();
      expect(holder!.election.isHolder).toBe(false);
      await eventually(() => expect(elected).toHaveLength(2));
      expect(Date.now() - began).toBeLessThan(LEASE_MS);
      expect(await lease()).toMatchObject({ holderIdentity: elected[1], leaseTransitions: 1 });
    });

    test('GIVEN a holder that is cut off THEN it stops before another begins', async () => {
      stand('a', 'b', 'c');
      await eventually(() => expect(holders()).toHaveLength(1));
      holders()[0]!.line.isCut = true;
      let most = 0;
      let gaps = 0;
      const watch = setInterval(() => {
        most = Math.max(most, holders().length);
        if (holders().length === 0) gaps++;
      }, 5);
      await eventually(() => expect(elected).toHaveLength(2));
      clearInterval(watch);
      expect(most).toBe(1);
      expect(gaps).toBeGreaterThan(0);
      expect(elected[1]).not.toBe(elected[0]);
    });

    test.each([
      ['an hour ahead', 3_600_000],
      ['an hour behind', -3_600_000],
    ])('GIVEN a holder whose clock is %s THEN it is followed while it renews, and only then', async (_, skew) => {
      const micro = (): string => new Date(Date.now() + skew).toISOString().replace('Z', '000Z');
      await renewElsewhere(micro());
      stand('a');
      for (const end = Date.now() + LEASE_MS + 2000; Date.now() < end;) {
        await sleep(500);
        expect(holders()).toHaveLength(0);
        await renewElsewhere(micro());
      }
      const silent = Date.now();
      await eventually(() => expect(holders()).toHaveLength(1));
      expect(Date.now() - silent).toBeGreaterThan(LEASE_MS - 1000);
      expect(await lease()).toMatchObject({ holderIdentity: 'a', leaseTransitions: 5 });
    });

    test('no right was missing', () => {
      expect(site.log.filter(line => line.includes('forbidden'))).toEqual([]);
    });
  },
);
