import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { apiObject } from './api-object';
import { Kind, LabelSelector, NAMESPACE_NAME_LABEL } from './kubernetes';

/** One side of a connection: pods of namespaces, or addresses. */
export interface PolicyPeer {
  readonly namespaceSelector?: LabelSelector;
  readonly podSelector?: LabelSelector;
  readonly ipBlock?: { readonly cidr: string };
}

/** A port, a range of them, or (without `port`) all of one transport. */
export interface PolicyPort {
  readonly protocol: 'TCP' | 'UDP';
  readonly port?: number;
  readonly endPort?: number;
}

/** What is let through: these ports, with these peers, or with anybody if there are none. */
export interface PolicyRule {
  readonly ports: readonly PolicyPort[];
  readonly peers?: readonly PolicyPeer[];
}

/** What one NetworkPolicy says; whatever it does not name is denied to the pods that it selects. */
export interface PolicyOptions {
  readonly name: string;
  readonly namespace: string;
  readonly pods: () => LabelSelector;
  readonly ingress?: () => readonly PolicyRule[];
  readonly egress?: () => readonly PolicyRule[];
}

/** A NetworkPolicy. Its rules are read at synthesis, and leave out those without a peer list that turned out empty. */
export function networkPolicy(scope: Construct, id: string, options: PolicyOptions): ApiObject {
  const { name, namespace, pods, ingress, egress } = options;
  return apiObject(scope, id, Kind.NetworkPolicy, {
    name,
    namespace,
    spec: () => ({
      podSelector: pods(),
      policyTypes: [...(ingress ? ['Ingress'] : []), ...(egress ? ['Egress'] : [])],
      ingress: someOf(meaningful(ingress?.()).map(({ ports, peers }) => ({ ports, from: peers }))),
      egress: someOf(meaningful(egress?.()).map(({ ports, peers }) => ({ ports, to: peers }))),
    }),
  });
}

/** Kubernetes reads an empty list of peers as everybody, so a rule that lists none must go. */
function meaningful(rules: readonly PolicyRule[] = []): readonly PolicyRule[] {
  return rules.filter(({ peers }) => peers === undefined || peers.length > 0);
}

/** The API server drops an empty list and takes it for a change whenever it is applied again: no list says the same. */
function someOf<T>(rules: readonly T[]): readonly T[] | undefined {
  return rules.length > 0 ? rules : undefined;
}

/** Pods of one namespace: those with the labels, or all of them. */
export function podsOf(namespace: string, podSelector?: LabelSelector): PolicyPeer {
  return { namespaceSelector: { matchLabels: { [NAMESPACE_NAME_LABEL]: namespace } }, podSelector };
}

/** An address or prefix as a peer. */
export function addresses(prefix: string): PolicyPeer {
  const bits = prefix.includes(':') ? 128 : 32;
  return { ipBlock: { cidr: prefix.includes('/') ? prefix : `${prefix}/${bits}` } };
}

/** The DNS of the cluster. */
export const DNS_RULE: PolicyRule = {
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
  peers: [podsOf('kube-system')],
};
