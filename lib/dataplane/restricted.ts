import { DataplaneSpecContainerSecurityContext, DataplaneSpecSecurityContext } from '../../imports/stunner.l7mp.io';

const NOBODY = 65532;

/** The container half of the Pod Security Standard "restricted", and a read-only file system. */
export const RESTRICTED_CONTAINER: DataplaneSpecContainerSecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  runAsUser: NOBODY,
};

const UNPRIVILEGED = 1024;

/** The pod half. A port below 1024 costs a sysctl, one of the safe ones, rather than a capability. */
export function restrictedPod(containerPorts: readonly number[]): DataplaneSpecSecurityContext {
  const low = containerPorts.some(port => port < UNPRIVILEGED);
  return {
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
    ...(low && { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] }),
  };
}
