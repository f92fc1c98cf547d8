import { LoadBalancerProfile } from '../dataplane/load-balancer-profile';
import { TurnListener } from '../turn-listener';
import { complaint } from './errors';

const NO_AFFINITY = 'stunner.l7mp.io/disable-session-affinity';

/** What the platform's load balancer would refuse, or leave pending for ever. */
export function profileComplaints(
  profile: LoadBalancerProfile | undefined,
  listeners: readonly TurnListener[],
  annotations: Readonly<Record<string, string>>,
): string[] {
  if (profile === undefined) return [];
  const udp = listeners.filter(({ transport }) => transport === 'udp');
  return [
    ...(profile.supportsUdp ? [] : udp).map(({ name }) => {
      const fix = 'use TCP and TLS listeners, or LoadBalancerProfile.nodePort()';
      return complaint(`load balancer "${profile.name}" has no UDP`, name, 'listeners over TCP', fix);
    }),
    ...(profile.supportsClientIpAffinity || udp.length === 0 || annotations[NO_AFFINITY] === 'true'
      ? []
      : [
          complaint(
            `load balancer "${profile.name}" refuses ClientIP affinity with UDP`,
            annotations[NO_AFFINITY],
            `${NO_AFFINITY} "true"`,
            'drop the annotation',
          ),
        ]),
  ];
}
