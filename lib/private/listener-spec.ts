import {
  GatewaySpecListeners,
  GatewaySpecListenersAllowedRoutesNamespaces,
  GatewaySpecListenersAllowedRoutesNamespacesFrom,
  GatewaySpecListenersTlsMode,
} from '../../imports/gateway.networking.k8s.io';
import { ISecret } from '../secret';
import { TurnListener } from '../turn-listener';

/** The listener as the Gateway spells it, API server defaults written out. */
export function listenerSpec(
  listener: TurnListener,
  admitted: string[],
  gatewayNamespace: string,
): GatewaySpecListeners {
  const { name, port, protocol, certificate } = listener;
  const tls = certificate && {
    mode: GatewaySpecListenersTlsMode.TERMINATE,
    certificateRefs: [certificateRef(certificate)],
  };
  return { name, port, protocol, tls, allowedRoutes: { namespaces: allowedNamespaces(admitted, gatewayNamespace) } };
}

function certificateRef({ name, namespace }: ISecret): {
  group: string;
  kind: string;
  name: string;
  namespace?: string;
} {
  return { group: '', kind: 'Secret', name, namespace };
}

function allowedNamespaces(admitted: string[], own: string): GatewaySpecListenersAllowedRoutesNamespaces {
  if (admitted.length === 1 && admitted[0] === own)
    return { from: GatewaySpecListenersAllowedRoutesNamespacesFrom.SAME };
  return {
    from: GatewaySpecListenersAllowedRoutesNamespacesFrom.SELECTOR,
    selector: { matchExpressions: [{ key: 'kubernetes.io/metadata.name', operator: 'In', values: admitted }] },
  };
}
