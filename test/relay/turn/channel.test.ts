import fc from 'fast-check';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { PortRanges } from '../../../relay/src/peer/port-ranges';
import { INTEGRITY_SHA1 } from '../../../relay/src/stun/integrity';
import { AllocationStore } from '../../../relay/src/turn/allocation-store';
import { Flow } from '../../../relay/src/turn/flow';
import { RelayedTransport } from '../../../relay/src/turn/relayed-transport';

const PORT = 20_001;
const NUMBER = 0x4000;
const peer = Endpoint.of('10.1.0.7', PORT);
const otherPort = PortRanges.of(PORT + 1);
const samePort = PortRanges.of(PORT);

type Step =
  | { readonly kind: 'bind' | 'unbind' | 'revoke' }
  | { readonly kind: 'permit' | 'open'; readonly opensPort: boolean }
  | { readonly kind: 'pass'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>({ kind: 'bind' }, { kind: 'unbind' }, { kind: 'revoke' }),
  fc.record({ kind: fc.constantFrom('permit', 'open'), opensPort: fc.boolean() }),
  fc.record({ kind: fc.constant('pass'), ms: fc.integer({ min: 1, max: 400_000 }) }),
);

test('data pass by a channel while it is bound, and a live permission opens its port: whatever came before (RFC 8656 12)', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 40, size: 'max' }), steps => {
      let now = 1000;
      const store = new AllocationStore(1, now, () => undefined);
      const request = {
        transactionId: new Uint8Array(12),
        key: new Uint8Array(16),
        integrity: INTEGRITY_SHA1,
        fingerprint: false,
        lifetime: 0,
      };
      const flow = new Flow('udp', 'stunner/edge/udp', 1);
      const allocation = store.create(flow, { userId: 'alice', scope: { kind: 'gateway' } }, request);
      const relay = new RelayedTransport(allocation, 4, flow.listener);
      let permitted = { until: 0, opensPort: false };
      let boundUntil = 0;

      for (const each of steps) {
        const permission = store.findPermission(allocation, peer);
        const channel = store.findChannel(allocation, peer);
        if (each.kind === 'permit') {
          const ports = each.opensPort ? samePort : otherPort;
          store.permit(allocation, peer, { allowed: true, ports, routes: ['route'] }, now);
          permitted = { until: now + 300_000, opensPort: each.opensPort };
        } else if (each.kind === 'open' && permission !== undefined) {
          permission.open(each.opensPort ? samePort : otherPort, store.routes.of('another'));
          permitted.opensPort = each.opensPort;
        } else if (each.kind === 'bind' && permission !== undefined) {
          store.bind(NUMBER, peer, relay, permission, now);
          boundUntil = now + 600_000;
        } else if (each.kind === 'unbind' && channel !== undefined) {
          store.unbind(channel);
          boundUntil = 0;
        } else if (each.kind === 'revoke' && permission !== undefined) {
          store.revoke(permission);
          permitted.until = 0;
          boundUntil = 0;
        } else if (each.kind === 'pass') {
          now += each.ms;
        }
        const open = (store.findChannel(allocation, peer)?.openUntil ?? 0) > now;
        expect(open).toBe(permitted.opensPort && permitted.until > now && boundUntil > now);
        if (channel?.bound === false) expect(channel.openUntil).toBe(0);
        if (each.kind === 'pass') store.expire(now);
      }
    }),
    { numRuns: 300 },
  );
});
