import { StunnerGateway } from '../stunner-gateway';
import { StunnerGatewayProps } from '../stunner-gateway-props';
import { attachmentsOf } from './attachments';
import { complaint } from './errors';
import { SERVICE_TYPE_ANNOTATION } from './gateway-annotations';
import { Caution } from './warn';

const WITHOUT_ADDRESS = ['ClusterIP', 'NodePort'];

/** What works with a Gateway and may surprise. */
export function gatewayCautions(
  gateway: StunnerGateway,
  { auth, address }: StunnerGatewayProps,
  annotations: Readonly<Record<string, string>>,
): Caution[] {
  const cautions: Caution[] = [];
  if (auth.type === 'static') cautions.push(staticCredential(auth.secret.name));

  const sharers = attachmentsOf(gateway).filter(({ secret }) => secret === undefined);
  const namespaces = [...new Set(sharers.map(({ routeNamespace }) => routeNamespace))];
  if (!auth.isDerived && namespaces.length > 1) {
    const allowed = "credentials of each tenant's own, or every client reaches the media of all";
    const fix = 'use TurnAuth.derived, or the option "auth" of each tenant';
    const message = complaint('namespaces share one credential', namespaces.join(', '), allowed, fix);
    cautions.push({ rule: 'shared-credential', message });
  }

  const type = annotations[SERVICE_TYPE_ANNOTATION];
  if (!gateway._isStandalone && WITHOUT_ADDRESS.includes(type ?? '') && address === undefined) {
    const allowed =
      'a load balancer, or a known address: else the Gateway may never be Programmed, and Argo CD waits before the routes';
    const message = complaint('Gateway gets no address', type, allowed, 'set the prop "address"');
    cautions.push({ rule: 'no-address', message });
  }
  return cautions;
}

/** A credential that whoever has seen one call can use for ever. */
export function staticCredential(secret: string): Caution {
  const allowed = 'an ephemeral one: every client knows this password, and it never expires';
  const message = complaint('credential is static', secret, allowed, 'use TurnAuth.ephemeral or TurnAuth.derived');
  return { rule: 'static-credential', message };
}
