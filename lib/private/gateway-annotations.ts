import { complaint } from './errors';

const PREFIX = 'stunner.l7mp.io/';
const SWITCHES = ['enable-mixed-protocol-lb', 'disable-managed-dataplane', 'disable-health-check-expose'];
const MORE_SWITCHES = ['disable-session-affinity', 'enable-relay-address-discovery'];

const VALUES: Readonly<Record<string, readonly string[]>> = {
  'service-type': ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'],
  'external-traffic-policy': ['local'],
  ...Object.fromEntries([...SWITCHES, ...MORE_SWITCHES].map(name => [name, ['true', 'false']])),
};

const PORT_MAPS: Readonly<Record<string, readonly [lowest: number, highest: number]>> = {
  nodeport: [30000, 32767],
  targetport: [1, 65535],
};

export const MIXED_PROTOCOL_ANNOTATION = `${PREFIX}enable-mixed-protocol-lb`;

/** Annotations that the operator would misread in silence: it takes any unknown value for the default. */
export function annotationComplaints(annotations: Readonly<Record<string, string>>, listeners: string[]): string[] {
  return Object.entries(annotations)
    .filter(([key]) => key.startsWith(PREFIX))
    .flatMap(([key, value]) => complaintAbout(key, value, listeners) ?? []);
}

function complaintAbout(key: string, value: string, listeners: string[]): string | undefined {
  const name = key.slice(PREFIX.length);
  const values = VALUES[name];
  if (values !== undefined && !values.includes(value)) {
    return complaint(`annotation ${key} is not understood`, value, `one of ${values.join(', ')}`, 'correct the value');
  }
  const range = PORT_MAPS[name];
  if (range !== undefined && !isPortMap(value, listeners, range)) {
    const allowed = `a JSON object from listener names (${listeners.join(', ')}) to ports ${range[0]} to ${range[1]}`;
    return complaint(`annotation ${key} is not understood`, value, allowed, 'write it like {"udp-listener":30478}');
  }
  return undefined;
}

function isPortMap(text: string, listeners: string[], [lowest, highest]: readonly [number, number]): boolean {
  try {
    const ports = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return ports.every(([name, port]) => {
      return listeners.includes(name) && Number.isInteger(port) && Number(port) >= lowest && Number(port) <= highest;
    });
  } catch {
    return false;
  }
}
