import { LabelSelector } from './kubernetes';
import { Attachment } from './attachments';
import { networkPolicy, PolicyPeer } from './network-policy';

/** Lets relay and media pods of a backend exchange media: RTP ports inwards, the relay's ports outwards. */
export function mediaPolicy(
  { route, routeNamespace, routeName, backend }: Attachment,
  relay: () => PolicyPeer[],
): void {
  if (backend.isStatic) return;
  const service = backend.name ?? routeName;
  const namespace = backend.namespace ?? routeNamespace;
  const range = backend.ports.isAny ? {} : { port: backend.ports.first, endPort: backend.ports.last };
  networkPolicy(route, `MediaPolicy-${namespace}-${service}`, {
    name: `${routeNamespace}.${routeName}.${service}`,
    namespace,
    pods: () => labelled(backend.podLabels) ?? {},
    ingress: () => [{ ports: [{ protocol: 'UDP', ...range }], peers: relay() }],
    egress: () => [{ ports: [{ protocol: 'UDP' }], peers: relay() }],
  });
}

/** Selects pods by their labels, if these are known. */
export function labelled(labels: Readonly<Record<string, string>> | undefined): LabelSelector | undefined {
  return labels && { matchLabels: labels };
}
