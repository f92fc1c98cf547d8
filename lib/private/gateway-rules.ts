import { TurnListener } from '../turn-listener';
import { containerPorts } from './container-ports';
import { HEALTH_PORT, METRICS_PORT } from './contract';
import { complaint } from './errors';
import { annotationComplaints, MIXED_PROTOCOL_ANNOTATION } from './gateway-annotations';

const MAX_LISTENERS = 64;

/** What makes a Gateway's listeners fail together although each is fine alone. */
export function gatewayComplaints(
  listeners: TurnListener[],
  annotations: Readonly<Record<string, string>>,
  isSplit: boolean,
): string[] {
  const names = listeners.map(({ name }) => name);
  return [
    ...countComplaints(listeners.length),
    ...repeated(names).map(name => {
      return complaint('two listeners have one name', name, 'a name of its own for each', 'set the option "name"');
    }),
    ...repeated(listeners.map(({ transport, port }) => `${port}/${transport}`)).map(place => {
      const allowed = 'one listener per port among UDP and DTLS, and one among TCP and TLS';
      return complaint('two listeners share a port', place, allowed, 'move one of them');
    }),
    ...podPortComplaints(listeners, annotations),
    ...(isSplit ? [] : mixedProtocolComplaints(listeners, annotations)),
    ...annotationComplaints(annotations, names),
  ];
}

function countComplaints(count: number): string[] {
  if (count >= 1 && count <= MAX_LISTENERS) return [];
  return [complaint('number of listeners is out of range', count, `1 to ${MAX_LISTENERS}`, 'add or remove listeners')];
}

/** In a pod two listeners meet that a Service keeps apart, and so does a listener with the ports of the relay itself. */
function podPortComplaints(listeners: TurnListener[], annotations: Readonly<Record<string, string>>): string[] {
  const ports = containerPorts(listeners, annotations);
  const taken = ports.filter(({ protocol, port }) => protocol === 'TCP' && [HEALTH_PORT, METRICS_PORT].includes(port));
  const moved = ports.some(({ port }, i) => port !== listeners[i]!.port);
  const met = moved ? repeated(ports.map(({ protocol, port }) => `${port}/${protocol.toLowerCase()}`)) : [];
  const free = `any port but ${METRICS_PORT} and ${HEALTH_PORT}, the metrics and health ports of the relay`;
  const own = 'a target port of its own for each listener of a transport';
  return [
    ...taken.map(({ port }) => complaint('listener port is taken by the relay', port, free, 'move the listener')),
    ...met.map(place => complaint('two listeners share a target port', place, own, 'change one "targetPort"')),
  ];
}

/** Without the annotation, listeners of the second transport silently get no public address. */
function mixedProtocolComplaints(listeners: TurnListener[], annotations: Readonly<Record<string, string>>): string[] {
  const mixed = new Set(listeners.map(({ transport }) => transport)).size > 1;
  const value = annotations[MIXED_PROTOCOL_ANNOTATION];
  if (!mixed || value === 'true') return [];
  const fix = 'drop the annotation, or give each transport a Gateway of its own';
  return [complaint('UDP and TCP listeners cannot be served', value, `${MIXED_PROTOCOL_ANNOTATION} "true"`, fix)];
}

function repeated(values: string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
