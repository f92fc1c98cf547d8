import type { Host } from './host';

/** What a NAT does with the flows of those behind it. */
export type NatKind = 'none' | 'cone' | 'symmetric' | 'no UDP';

const TABLE = 'nat_kind';
const WAN = 'wan';
const masquerade = (how = ''): readonly string[] => [
  'type nat hook postrouting priority srcnat',
  `oifname "${WAN}" masquerade ${how}`,
];

const CHAINS: Readonly<Record<NatKind, Readonly<Record<string, readonly string[]>>>> = {
  none: {},
  // Keeps the port where it is free: one mapping, whatever the destination.
  cone: { out: masquerade() },
  // A port by lot for each flow.
  symmetric: { out: masquerade('fully-random') },
  'no UDP': { through: ['type filter hook forward priority filter', 'meta l4proto udp drop'], out: masquerade() },
};

/** Makes a router, whose way out is the interface `wan`, a NAT of that kind, for flows that begin from now on. */
export function translate(router: Host, kind: NatKind): void {
  router.table(TABLE, CHAINS[kind]);
}
