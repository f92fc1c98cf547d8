import { mapOf, mapsOf, textOf, type JsonMap } from './json';

/** A condition that somebody has to act on. */
export interface Fault {
  /** The condition's. */
  readonly reason: string;
  readonly note: string;
}

/** Conditions that are bad in the one state and are not a matter of waiting. */
const BAD: Readonly<Record<string, string>> = { Accepted: 'False', ResolvedRefs: 'False', Conflicted: 'True' };

/** What is wrong after a change of status and was not so before it. */
export function newFaults(before: JsonMap, after: JsonMap): readonly Fault[] {
  const known = faultsOf(before);
  const added = [...faultsOf(after)].filter(([key]) => !known.has(key)).map(([, fault]) => fault);
  return [...new Map(added.map(fault => [`${fault.reason} ${fault.note}`, fault])).values()];
}

/** Bad conditions by where they stand, type and reason: a message that is worded anew is no news. */
function faultsOf(status: JsonMap): ReadonlyMap<string, Fault> {
  const faults = new Map<string, Fault>();
  const collect = (place: string, prefix: string, holder: JsonMap): void => {
    for (const condition of mapsOf(holder.conditions)) {
      const type = textOf(condition.type) ?? '';
      if (!Object.hasOwn(BAD, type) || BAD[type] !== condition.status) continue;
      const reason = textOf(condition.reason) ?? type;
      faults.set(`${place} ${type} ${reason}`, { reason, note: prefix + (textOf(condition.message) ?? '') });
    }
  };
  collect('', '', status);
  for (const listener of mapsOf(status.listeners)) {
    const name = textOf(listener.name) ?? '';
    collect(`listener ${name}`, `listener ${name}: `, listener);
  }
  for (const parent of mapsOf(status.parents)) {
    const { name, sectionName, port } = mapOf(parent.parentRef);
    collect(JSON.stringify([parent.controllerName, name, sectionName, port]), '', parent);
  }
  return faults;
}
