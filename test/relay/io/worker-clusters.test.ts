import * as fc from 'fast-check';
import type { ClusterConfig } from '../../../relay/src/config/relay-config';
import { HeldClusters, SentClusters } from '../../../relay/src/io/worker-clusters';

const cluster = (name: string, peer: string): ClusterConfig => ({
  name,
  namespace: 'acme',
  protocol: 'udp',
  peers: [{ prefix: peer, minPort: 1, maxPort: 9 }],
});
const byName = (clusters: readonly ClusterConfig[]): readonly ClusterConfig[] =>
  clusters.toSorted((left, right) => (left.name < right.name ? -1 : 1));

test('whatever changes, a worker has the clusters that it should have', () => {
  const clusters = fc.uniqueArray(
    fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), peer: fc.constantFrom('10.0.0.1', '10.0.0.2') }),
    { selector: ({ name }) => name },
  );
  fc.assert(
    fc.property(fc.array(clusters), configurations => {
      const [sent, held] = [new SentClusters(), new HeldClusters()];
      for (const configuration of configurations) {
        const wanted = configuration.map(({ name, peer }) => cluster(name, peer));
        const changes = structuredClone(sent.changesTo(wanted));
        expect(byName(held.apply(changes))).toEqual(byName(wanted));
      }
    }),
  );
});

test('a cluster that has not changed is neither sent again nor another object', () => {
  const [sent, held] = [new SentClusters(), new HeldClusters()];
  const [one, two] = [cluster('a', '10.0.0.1'), cluster('b', '10.0.0.1')];
  const [first] = held.apply(structuredClone(sent.changesTo([one, two])));
  const changed = cluster('b', '10.0.0.2');
  const changes = sent.changesTo([one, changed]);
  expect(changes).toEqual({ gone: [], come: [changed] });
  expect(held.apply(structuredClone(changes))[0]).toBe(first);
});
