import type { Condition } from '../config/status';
import { textOf, type JsonMap } from './json';

/** `maxLength` of a condition's message. */
const MAX_MESSAGE = 32768;

/** What every condition of one status has in common. */
export interface Stamp {
  /** `metadata.generation` that the conditions were made from. */
  readonly generation: number | undefined;
  /** RFC 3339, for conditions that change now. */
  readonly now: string;
}

/** Our conditions in the place of those of their types; all others stay as they are, for others wrote them. */
export function mergeConditions(before: readonly JsonMap[], ours: readonly Condition[], stamp: Stamp): JsonMap[] {
  const kept = before.map(condition => {
    const own = ours.find(({ type }) => type === condition.type);
    return own === undefined ? condition : stamped(own, condition, stamp);
  });
  const added = ours.filter(({ type }) => !before.some(condition => condition.type === type));
  return [...kept, ...added.map(condition => stamped(condition, undefined, stamp))];
}

/** Time of transition: when the condition last had another status (meta/v1, Condition). */
function stamped(own: Condition, before: JsonMap | undefined, { generation, now }: Stamp): JsonMap {
  const { type, status, reason, message } = own;
  const since = before?.status === status ? textOf(before.lastTransitionTime) : undefined;
  return {
    type,
    status,
    reason,
    message: message.slice(0, MAX_MESSAGE),
    lastTransitionTime: since ?? now,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
}
