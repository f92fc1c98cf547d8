import { LabelSelector } from './kubernetes';

interface SpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly whenUnsatisfiable: string;
  readonly labelSelector: {
    readonly matchLabels?: Record<string, string>;
    readonly matchExpressions?: { readonly key: string; readonly operator: string; readonly values?: string[] }[];
  };
}

/** Spreads pods over zones and nodes where it can, so that the loss of one takes few calls along. */
export function spreadPods({ matchLabels, matchExpressions }: LabelSelector): SpreadConstraint[] {
  const labelSelector = {
    matchLabels: matchLabels && { ...matchLabels },
    matchExpressions: matchExpressions?.map(({ key, operator, values }) => {
      return { key, operator, values: values && [...values] };
    }),
  };
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map(topologyKey => {
    return { maxSkew: 1, topologyKey, whenUnsatisfiable: 'ScheduleAnyway', labelSelector };
  });
}
