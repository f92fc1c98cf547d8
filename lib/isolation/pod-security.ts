/** Level of the Pod Security Standards that a namespace enforces. */
export enum PodSecurity {
  /** Hardened pods only: no root, no privilege, no capability. */
  RESTRICTED = 'restricted',
  /** Pods without known ways to gain privilege; some media servers start as root. */
  BASELINE = 'baseline',
  /** Any pod, as the host network needs it. */
  PRIVILEGED = 'privileged',
}
