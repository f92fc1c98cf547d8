import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { ISecret } from '../secret';
import { ManagedSecret } from '../secrets/managed-secret';
import { SecretUse } from './secret-use';

const renderedByChart = new WeakMap<Chart, Set<string>>();

/** Renders what makes the Secret, once in a chart; a Secret that just exists renders nothing. */
export function renderSecret(scope: Construct, id: string, secret: ISecret, use: SecretUse): void {
  if (!(secret instanceof ManagedSecret)) return;
  const chart = Chart.of(scope);
  const rendered = renderedByChart.get(chart) ?? new Set<string>();
  renderedByChart.set(chart, rendered);
  const name = `${use.namespace}/${secret.name}`;
  if (rendered.has(name)) return;
  rendered.add(name);
  secret._render(scope, id, use);
}
