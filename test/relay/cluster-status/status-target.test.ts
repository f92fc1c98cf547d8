import fc from 'fast-check';
import { StatusTargets } from '../../../relay/src/cluster-status/status-target';
import { ObjectSet } from '../../../relay/src/config/objects';
import { resolve } from '../../../relay/src/config/resolve';
import { base, gateway, gatewayClass, udp, udpRoute, type Manifest } from '../config/fixtures';

const NOW = '2026-01-01T00:00:00Z';
const GATEWAY = 'turn/edge';

/** As the API server has it. */
function live(object: Manifest): Manifest {
  const metadata = object.metadata as Manifest;
  const { name, namespace = '' } = metadata as { name: string; namespace?: string };
  return { ...object, metadata: { ...metadata, uid: `${namespace}/${name}`, resourceVersion: '1', generation: 3 } };
}

function objectsOf(...objects: Manifest[]): ObjectSet {
  return ObjectSet.of([...base, gateway(GATEWAY, [udp]), ...objects].map(object => ({ value: live(object) })));
}

function targetsOf(objects: ObjectSet, targets = new StatusTargets(GATEWAY)) {
  return targets.of(resolve(objects, { gateway: GATEWAY }).status, objects);
}

const names = (objects: ObjectSet): string[] => targetsOf(objects).map(({ object }) => `${object.kind} ${object.name}`);

describe('StatusTargets', () => {
  const ours = {
    controllerName: 'cdk8s-stunner.dev/relay',
    parentRef: { name: 'edge', namespace: 'turn' },
    conditions: [],
  };
  const left = udpRoute('acme/left', [], { name: 'core' });

  test('are the classes of ours, the Gateway, its routes, and the routes that have left it', () => {
    const other = { ...ours, controllerName: 'example.org/other' };
    expect(
      names(
        objectsOf(
          gatewayClass('web', 'example.org/web', 'turn/config'),
          gateway('turn/core', [udp]),
          udpRoute('acme/here', []),
          { ...left, status: { parents: [ours] } },
          { ...udpRoute('acme/never', [], { name: 'core' }), status: { parents: [other] } },
        ),
      ),
    ).toEqual(['GatewayClass turn', 'Gateway edge', 'UDPRoute here', 'UDPRoute left']);
  });

  test("of a Gateway of STUNner's controller are none, but for what we said of it before", () => {
    const theirs = gatewayClass('turn', 'stunner.l7mp.io/gateway-operator', 'turn/config');
    const objects = [
      theirs,
      ...base.slice(1),
      gateway(GATEWAY, [udp]),
      udpRoute('acme/here', []),
      { ...left, status: { parents: [ours] } },
    ];
    expect(names(ObjectSet.of(objects.map(object => ({ value: live(object) }))))).toEqual(['UDPRoute left']);
  });

  test('objects without the marks of an API server are none', () => {
    expect(names(ObjectSet.of([...base, gateway(GATEWAY, [udp])].map(value => ({ value }))))).toEqual([]);
  });

  test('property: whatever others wrote as status, merging ours does not throw and is stable', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (status, parents) => {
        const route = { ...udpRoute('acme/here', []), status: { parents } };
        const edge = { ...gateway(GATEWAY, [udp]), status };
        const objects = ObjectSet.of([...base, edge, route].map(object => ({ value: live(object) })));
        for (const { object, merge } of targetsOf(objects)) {
          const once = merge(object.status, NOW);
          expect(merge(once, '2027-01-01T00:00:00Z')).toEqual(once);
        }
      }),
    );
  });
});
