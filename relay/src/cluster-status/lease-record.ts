import { microTime } from './api';
import { mapOf, textOf, type JsonMap } from './json';

/** `spec` of a Lease of coordination.k8s.io/v1, as leader election uses it. */
export interface LeaseRecord {
  /** Empty if nobody holds it. */
  readonly holder: string;
  readonly seconds: number;
  readonly transitions: number;
  readonly acquired: string | undefined;
  readonly renewed: string | undefined;
}

export interface Lease {
  readonly record: LeaseRecord;
  /** Of the object as it was read; undefined if there is none yet. */
  readonly resourceVersion: string | undefined;
}

export const NO_LEASE: Lease = {
  record: { holder: '', seconds: 0, transitions: 0, acquired: undefined, renewed: undefined },
  resourceVersion: undefined,
};

export function leaseOf(body: unknown): Lease {
  const { metadata, spec } = mapOf(body);
  const { holderIdentity, leaseDurationSeconds, leaseTransitions, acquireTime, renewTime } = mapOf(spec);
  return {
    record: {
      holder: textOf(holderIdentity) ?? '',
      seconds: numberOf(leaseDurationSeconds),
      transitions: numberOf(leaseTransitions),
      acquired: textOf(acquireTime),
      renewed: textOf(renewTime),
    },
    resourceVersion: textOf(mapOf(metadata).resourceVersion),
  };
}

/** The Lease with its next record, to create it or to take the place of the one that was read. */
export function leaseObject(namespace: string, name: string, record: LeaseRecord, resourceVersion?: string): JsonMap {
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace, name, ...(resourceVersion === undefined ? {} : { resourceVersion }) },
    spec: {
      // A Lease that nobody holds names no holder, not even an empty one.
      ...(record.holder === '' ? {} : { holderIdentity: record.holder }),
      leaseDurationSeconds: record.seconds,
      leaseTransitions: record.transitions,
      acquireTime: record.acquired,
      renewTime: record.renewed,
    },
  };
}

/** What a Lease says once somebody holds it, from then on or still. */
export function heldBy(holder: string, seconds: number, before: LeaseRecord, unixMs: number): LeaseRecord {
  const now = microTime(unixMs);
  const isSame = before.holder === holder;
  return {
    holder,
    seconds,
    transitions: isSame || before.renewed === undefined ? before.transitions : before.transitions + 1,
    acquired: isSame ? before.acquired : now,
    renewed: now,
  };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
