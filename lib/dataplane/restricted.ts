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

/** The pod half; the sysctl is one of the safe ones and lets a listener on port 443 do without a capability. */
export const RESTRICTED_POD: DataplaneSpecSecurityContext = {
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
  sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }],
};
