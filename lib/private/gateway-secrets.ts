import { Construct } from 'constructs';
import { Gateway } from '../../imports/gateway.networking.k8s.io';
import { GatewayConfig } from '../../imports/stunner.l7mp.io';
import { TurnAuth } from '../turn-auth';
import { TurnListener } from '../turn-listener';
import { referenceGrant } from './reference-grant';
import { renderSecret } from './render-secret';

/** The objects of a Gateway that refer to Secrets. */
export interface SecretReader {
  readonly gatewayName: string;
  readonly configName: string;
  readonly namespace: string;
}

/** Renders the Gateway's credential where it is managed, and grants it where it lies in another namespace. */
export function bringCredential(scope: Construct, reader: SecretReader, auth: TurnAuth): void {
  const { name, namespace = reader.namespace } = auth.secret;
  if (namespace !== reader.namespace) {
    referenceGrant(scope, 'AuthGrant', {
      group: 'stunner.l7mp.io',
      kind: GatewayConfig.GVK.kind,
      namespace: reader.namespace,
      name: reader.configName,
      toNamespace: namespace,
      to: () => secretRefs([name]),
    });
  }
  renderSecret(scope, 'AuthSecret', auth.secret, { namespace: reader.namespace, keys: auth._secretKeys });
}

/** Renders a listener's certificate where it is managed, and grants it where it lies in another namespace. */
export function bringCertificate(
  scope: Construct,
  reader: SecretReader,
  { certificate }: TurnListener,
  listeners: () => readonly TurnListener[],
  dnsNames: () => string[],
): void {
  if (certificate === undefined) return;
  const toNamespace = certificate.namespace ?? reader.namespace;
  renderSecret(scope, `Certificate-${certificate.name}`, certificate, { namespace: reader.namespace, dnsNames });
  const id = `CertificateGrant-${toNamespace}`;
  if (toNamespace === reader.namespace || scope.node.tryFindChild(id) !== undefined) return;
  referenceGrant(scope, id, {
    group: 'gateway.networking.k8s.io',
    kind: Gateway.GVK.kind,
    namespace: reader.namespace,
    name: reader.gatewayName,
    toNamespace,
    to: () => {
      const certificates = listeners().flatMap(listener => listener.certificate ?? []);
      return secretRefs(certificates.filter(({ namespace }) => namespace === toNamespace).map(({ name }) => name));
    },
  });
}

function secretRefs(names: string[]): { group: string; kind: string; name: string }[] {
  return [...new Set(names)].sort().map(name => ({ group: '', kind: 'Secret', name }));
}
