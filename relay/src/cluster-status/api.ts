import type { KubeApi } from '../config/cluster/kube-api';
import { mapOf, textOf } from './json';

/** The Kubernetes API, as far as status needs it. */
export type Api = Pick<KubeApi, 'request'>;

export const MERGE_PATCH = 'application/merge-patch+json';
/** Who wrote it, in an object's managedFields. */
export const FIELD_MANAGER = 'cdk8s-stunner-relay';

/** What the API server says of a request that it refused. */
export function refusalText(status: number, body: unknown): string {
  return `${status} ${textOf(mapOf(body).message) ?? 'without a reason'}`.slice(0, 512);
}

/** RFC 3339 with microseconds, which is the only form that the API takes for MicroTime. */
export function microTime(unixMs: number): string {
  return new Date(unixMs).toISOString().replace('Z', '000Z');
}
