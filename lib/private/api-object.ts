import { ApiObject, GroupVersionKind, Lazy } from 'cdk8s';
import { Construct } from 'constructs';
import { SYNC_WAVE_ANNOTATION, syncWaveOf } from './sync-wave';

/** What an object of ours is told beyond its kind. */
export interface ObjectOptions {
  readonly name: string;
  /** Absent for cluster-scoped kinds. */
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  /** Read at synthesis, so that the construct may be changed until then. */
  readonly spec?: () => unknown;
  /** Fields beside `metadata` of the kinds that have no `spec`. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * An `ApiObject` rather than the generated class: the generated one drops patches on fields it does not know.
 */
export function apiObject(scope: Construct, id: string, gvk: GroupVersionKind, options: ObjectOptions): ApiObject {
  return new ApiObject(scope, id, {
    ...gvk,
    metadata: {
      name: options.name,
      namespace: options.namespace ?? clusterScoped(),
      labels: options.labels,
      annotations: { [SYNC_WAVE_ANNOTATION]: syncWaveOf(gvk.kind), ...options.annotations },
    },
    ...options.fields,
    ...(options.spec && { spec: Lazy.any({ produce: options.spec }) as unknown }),
  });
}

/** Resolves to no namespace at all, where `undefined` would take that of the chart. */
function clusterScoped(): string {
  return Lazy.any({ produce: () => undefined }) as string;
}
