import { PodSecurity } from '../isolation/pod-security';

const levels = new WeakMap<object, Map<string, PodSecurity>>();
const STRICTNESS = [PodSecurity.PRIVILEGED, PodSecurity.BASELINE, PodSecurity.RESTRICTED];

/** Notes the Pod Security level of a namespace in the cluster of a Gateway. */
export function enforceLevel(gateway: object, namespace: string, level: PodSecurity): void {
  const known = levels.get(gateway) ?? new Map<string, PodSecurity>();
  levels.set(gateway, known.set(namespace, level));
}

/** The level that pods of a namespace must meet, where they meet a lower one only. */
export function levelMissed(gateway: object, namespace: string, met: PodSecurity): PodSecurity | undefined {
  const level = levels.get(gateway)?.get(namespace);
  return level !== undefined && STRICTNESS.indexOf(met) < STRICTNESS.indexOf(level) ? level : undefined;
}
