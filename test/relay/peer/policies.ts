import type { Scope } from '../../../relay/src/auth/credential';
import type { ClusterConfig } from '../../../relay/src/config/relay-config';
import { PeerPolicy, type PeerPolicyOptions } from '../../../relay/src/peer/peer-policy';

export const GATEWAY: Scope = { kind: 'gateway' };

/** `10.0.0.0/8 20000-40000`; without ports, all of them. */
export function peersOf(...ranges: string[]): ClusterConfig['peers'] {
  return ranges.map(range => {
    const [prefix = '', ports = '1-65535'] = range.split(' ');
    const [minPort = 0, maxPort = minPort] = ports.split('-').map(Number);
    return { prefix, minPort, maxPort };
  });
}

export function cluster(name: string, peers: ClusterConfig['peers'], more: Partial<ClusterConfig> = {}): ClusterConfig {
  return { name, namespace: name.split('/')[0]!, protocol: 'udp', peers, ...more };
}

/** A listener that routes every one of the clusters. */
export function policyOf(clusters: readonly ClusterConfig[], options?: PeerPolicyOptions): PeerPolicy {
  return PeerPolicy.compile({ name: 'acme/edge/udp', routes: clusters.map(({ name }) => name) }, clusters, options);
}
