import fc from 'fast-check';
import type { JsonMap } from '../../../relay/src/cluster-status/json';
import {
  hasEntryOf,
  mergeClassStatus,
  mergeGatewayStatus,
  mergeRouteStatus,
  type Parent,
} from '../../../relay/src/cluster-status/merge-status';
import {
  isFalse,
  isTrue,
  type Condition,
  type GatewayStatus,
  type RouteStatus,
} from '../../../relay/src/config/status';

const T1 = '2026-01-01T00:00:01Z';
const T2 = '2026-01-01T00:00:02Z';
const OURS: Parent = { controllerName: 'cdk8s-stunner.dev/relay', namespace: 'turn', name: 'edge' };

function gatewayStatus(condition: Condition, generation = 1): GatewayStatus {
  const supportedKinds = [{ group: 'stunner.l7mp.io', kind: 'UDPRoute' }];
  return {
    namespace: 'turn',
    name: 'edge',
    controllerName: OURS.controllerName,
    generation,
    addresses: [{ type: 'IPAddress', value: '192.0.2.1' }],
    conditions: [condition],
    listeners: [{ name: 'udp', supportedKinds, attachedRoutes: 1, conditions: [condition] }],
  };
}

function routeStatus(condition: Condition, sections: readonly string[], generation = 1): RouteStatus {
  const parents = sections.map(sectionName => ({
    parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'turn', name: 'edge', sectionName },
    controllerName: OURS.controllerName,
    conditions: [condition],
  }));
  return { kind: 'UDPRoute', namespace: 'acme', name: 'sfu', generation, parents };
}

const foreign = (type: string): JsonMap => ({
  type,
  status: 'True',
  reason: 'Other',
  message: '',
  lastTransitionTime: T1,
});

describe('lastTransitionTime (meta/v1, Condition)', () => {
  const first = mergeClassStatus(
    {},
    { name: 'turn', controllerName: '', generation: 1, conditions: [isTrue('Accepted')] },
    T1,
  );
  const again = (condition: Condition): unknown =>
    mergeClassStatus(first, { name: 'turn', controllerName: '', generation: 2, conditions: [condition] }, T2)
      .conditions;

  test('GIVEN the same status with another reason THEN it stays, and observedGeneration does not', () => {
    const expected = { type: 'Accepted', status: 'True', reason: 'Other', message: 'm' };
    expect(again(isTrue('Accepted', 'Other', 'm'))).toEqual([
      { ...expected, lastTransitionTime: T1, observedGeneration: 2 },
    ]);
  });

  test('GIVEN another status THEN it is now', () => {
    expect(again(isFalse('Accepted', 'Invalid', ''))).toEqual([expect.objectContaining({ lastTransitionTime: T2 })]);
  });

  test('GIVEN the conditions that a new object is shown with THEN they are taken over', () => {
    const waiting = {
      type: 'Accepted',
      status: 'Unknown',
      reason: 'Pending',
      message: 'Waiting',
      lastTransitionTime: '1970-01-01T00:00:00Z',
    };
    const before = { conditions: [waiting] };
    const { conditions } = mergeGatewayStatus(before, gatewayStatus(isTrue('Accepted')), T1);
    expect(conditions).toEqual([expect.objectContaining({ type: 'Accepted', status: 'True', lastTransitionTime: T1 })]);
  });
});

test('a message is cut to what the CRD takes', () => {
  const conditions = [isFalse('Accepted', 'Invalid', 'x'.repeat(40_000))];
  const merged = mergeClassStatus({}, { name: 'turn', controllerName: '', conditions }, T1);
  expect((merged.conditions as { message: string }[])[0]!.message).toHaveLength(32_768);
});

describe('what others wrote survives', () => {
  test('in a Gateway: conditions, those of its listeners, other fields; a listener that is gone goes', () => {
    const before = {
      attachedListenerSets: 2,
      conditions: [foreign('example.org/Audited'), foreign('Accepted')],
      listeners: [
        { name: 'udp', attachedRoutes: 0, conditions: [foreign('OverlappingTLSConfig')] },
        { name: 'gone', attachedRoutes: 0, conditions: [foreign('Accepted')] },
      ],
    };
    const after = mergeGatewayStatus(before, gatewayStatus(isFalse('Accepted', 'Invalid', '')), T2);
    expect(after).toMatchObject({
      attachedListenerSets: 2,
      conditions: [foreign('example.org/Audited'), { type: 'Accepted', status: 'False', lastTransitionTime: T2 }],
      listeners: [
        { name: 'udp', attachedRoutes: 1, conditions: [foreign('OverlappingTLSConfig'), { type: 'Accepted' }] },
      ],
    });
  });

  test('in a route: parents of other controllers, and of ours for other Gateways', () => {
    const conditions = [foreign('Accepted')];
    const others = [
      { controllerName: 'example.org/other', parentRef: { name: 'edge', namespace: 'turn' }, conditions },
      { controllerName: OURS.controllerName, parentRef: { name: 'core', namespace: 'turn' }, conditions },
      { controllerName: OURS.controllerName, parentRef: { name: 'edge' }, conditions },
    ];
    const left = { controllerName: OURS.controllerName, parentRef: { name: 'edge', namespace: 'turn' }, conditions };
    const after = mergeRouteStatus({ parents: [left, ...others] }, OURS, routeStatus(isTrue('Accepted'), ['udp']), T2);
    expect(after.parents).toEqual([
      ...others,
      expect.objectContaining({ parentRef: expect.objectContaining({ sectionName: 'udp' }) as unknown }),
    ]);
    expect(hasEntryOf(after, OURS, 'acme')).toBe(true);
    expect(hasEntryOf({ parents: others }, OURS, 'acme')).toBe(false);
    // Without a namespace a parent is one of the route's own.
    expect(hasEntryOf({ parents: others }, OURS, 'turn')).toBe(true);
  });

  test('property: merging again changes nothing, and nothing of others ever', () => {
    const section = fc.constantFrom('a', 'b', 'c');
    const entry = fc.record({
      controllerName: fc.constantFrom('example.org/other', OURS.controllerName),
      parentRef: fc.record({
        namespace: fc.constantFrom('turn', 'acme'),
        name: fc.constantFrom('edge', 'core'),
        sectionName: section,
      }),
      conditions: fc.constant([foreign('Accepted'), foreign('example.org/Audited')]),
    });
    const isOurs = ({
      controllerName,
      parentRef,
    }: {
      controllerName: string;
      parentRef: { namespace: string; name: string };
    }) => controllerName === OURS.controllerName && parentRef.namespace === 'turn' && parentRef.name === 'edge';
    fc.assert(
      fc.property(fc.array(entry), fc.uniqueArray(section), (parents, sections) => {
        const status = routeStatus(isFalse('Accepted', 'NoMatchingParent', ''), sections);
        const once = mergeRouteStatus({ parents }, OURS, status, T1);
        expect(mergeRouteStatus(once, OURS, status, T2)).toEqual(once);
        const after = once.parents as typeof parents;
        expect(after.filter(each => !isOurs(each))).toEqual(parents.filter(each => !isOurs(each)));
        expect(
          after
            .filter(isOurs)
            .map(each => each.parentRef.sectionName)
            .sort(),
        ).toEqual([...sections].sort());
      }),
    );
  });
});
