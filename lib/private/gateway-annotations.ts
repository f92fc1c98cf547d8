import { complaint } from './errors';
import { fieldsOf } from './object-set';

const PREFIX = 'stunner.l7mp.io/';
const SWITCHES = ['enable-mixed-protocol-lb', 'disable-managed-dataplane', 'disable-health-check-expose'];
const MORE_SWITCHES = ['disable-session-affinity', 'enable-relay-address-discovery'];

const VALUES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['service-type', ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']],
  ['external-traffic-policy', ['local']],
  ...[...SWITCHES, ...MORE_SWITCHES].map(name => [name, ['true', 'false']] as const),
]);

const PORT_MAPS = new Map<string, readonly [lowest: number, highest: number]>([
  ['nodeport', [30000, 32767]],
  ['targetport', [1, 65535]],
]);

export const SERVICE_TYPE_ANNOTATION = `${PREFIX}service-type`;
export const MIXED_PROTOCOL_ANNOTATION = `${PREFIX}enable-mixed-protocol-lb`;

const PROXIED = /^external-dns\.(alpha\.)?kubernetes\.io\/cloudflare-proxied$/;

/** Annotations that the operator would misread in silence (it takes any unknown value for the default), and what ends TURN. */
export function annotationComplaints(annotations: Readonly<Record<string, unknown>>, listeners: string[]): string[] {
  return Object.entries(annotations).flatMap(([key, value]) => {
    if (typeof value !== 'string') return [notText(key, value)];
    if (PROXIED.test(key) && value !== 'false') return [proxied(key, value)];
    return key.startsWith(PREFIX) ? (complaintAbout(key, value, listeners) ?? []) : [];
  });
}

/** Callers without types may hand over a number or a truth value, which the API server refuses. */
function notText(key: string, value: unknown): string {
  const text = JSON.stringify(value);
  return complaint(`annotation ${key} is not a string`, text, 'text', `write it as '${text}'`);
}

function proxied(key: string, value: string): string {
  return complaint(`annotation ${key} ends TURN`, value, '"false": the proxy carries HTTP only', 'correct it');
}

function complaintAbout(key: string, value: string, listeners: string[]): string | undefined {
  const name = key.slice(PREFIX.length);
  const values = VALUES.get(name);
  if (values !== undefined && !values.includes(value)) {
    return complaint(`annotation ${key} is not understood`, value, `one of ${values.join(', ')}`, 'correct the value');
  }
  const range = PORT_MAPS.get(name);
  if (range !== undefined && !isPortMap(value, listeners, range)) {
    const allowed = `a JSON object from listener names (${listeners.join(', ')}) to ports ${range[0]} to ${range[1]}`;
    return complaint(`annotation ${key} is not understood`, value, allowed, 'write it like {"udp-listener":30478}');
  }
  return undefined;
}

function isPortMap(text: string, listeners: string[], [lowest, highest]: readonly [number, number]): boolean {
  try {
    const ports = fieldsOf(JSON.parse(text));
    if (ports === undefined) return false;
    return Object.entries(ports).every(([name, port]) => {
      return listeners.includes(name) && Number.isInteger(port) && Number(port) >= lowest && Number(port) <= highest;
    });
  } catch {
    return false;
  }
}
