import { LabelSelector } from './kubernetes';

const RELATED = 'stunner.l7mp.io/related-gateway';

/** The labels of the relay pods behind a Gateway, as the operator sets them. */
export function turnPodLabels(gateway: string, namespace: string): Readonly<Record<string, string>> {
  return { ...relayLabels(namespace), [`${RELATED}-name`]: gateway };
}

/** Labels that the relay pods of a namespace have in common. */
export function relayLabels(namespace: string): Readonly<Record<string, string>> {
  return { app: 'stunner', [`${RELATED}-namespace`]: namespace };
}

/** Selects the relay pods behind one or several Gateways of a namespace. */
export function turnPods(gateways: readonly string[], namespace: string): LabelSelector {
  const [only, ...others] = gateways;
  if (only !== undefined && others.length === 0) return { matchLabels: turnPodLabels(only, namespace) };
  return {
    matchLabels: relayLabels(namespace),
    matchExpressions: [{ key: `${RELATED}-name`, operator: 'In', values: [...gateways].sort() }],
  };
}
