import { Chart, Testing } from 'cdk8s';
import { IConstruct } from 'constructs';
import { StunnerGateway, StunnerGatewayProps, TurnAuth, TurnListener } from 'cdk8s-stunner';

/** A rendered object, loose enough to be compared. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string>; labels?: Record<string, string> };
  spec: Record<string, unknown>;
}

/** A chart of a plain cdk8s app. */
export function plainChart(namespace?: string): Chart {
  return new Chart(Testing.app(), 'chart', { namespace });
}

export function manifests(chart: Chart): Manifest[] {
  return Testing.synth(chart) as Manifest[];
}

export function manifest(chart: Chart, kind: string): Manifest {
  const found = manifests(chart).filter(candidate => candidate.kind === kind);
  expect(found).toHaveLength(1);
  return found[0]!;
}

/** What the constructs below complain of, without the path of each. */
export function complaints(scope: IConstruct): string[] {
  return scope.node.findAll().flatMap(({ node }) => node.validate());
}

export const GATEWAY_DEFAULTS = {
  realm: 'turn.example.com',
  auth: TurnAuth.ephemeral({ name: 'stunner-auth' }),
  listeners: [TurnListener.udp()],
};

export function gatewayIn(chart: Chart, props: Partial<StunnerGatewayProps> = {}): StunnerGateway {
  return new StunnerGateway(chart, 'stunner-gateway', { ...GATEWAY_DEFAULTS, namespace: 'stunner', ...props });
}
