import { Finding } from '../../validation/finding';
import { complaint, shown } from '../errors';
import { annotationComplaints } from '../gateway-annotations';
import { logLevelComplaint } from '../log-level';
import { finding, items, ManifestObject, ObjectSet, textIn } from '../object-set';
import { isOperated, isTurnGateway } from './turn-gateway';

const GATEWAY_API = 'gateway.networking.k8s.io';
const STUNNER_API = 'stunner.l7mp.io';
const TRANSPORTS: ReadonlyMap<unknown, string> = new Map([
  ['TURN-UDP', 'udp'],
  ['TURN-DTLS', 'udp'],
  ['TURN-TCP', 'tcp'],
  ['TURN-TLS', 'tcp'],
]);
const LABEL_1035 = /^(?=.{1,63}$)[a-z]([-a-z0-9]*[a-z0-9])?$/;
const CREDENTIALS = ['authRef', 'userName', 'password', 'sharedSecret'];
const HIGHEST_PORT = 65535;

/** Values that have the right form, and that the operator takes for something else. */
export function misreadFindings(objects: ObjectSet): Finding[] {
  const told = (object: ManifestObject) => (message: string) => finding('serving', object, message);
  return [
    ...objects
      .of(GATEWAY_API, 'Gateway')
      .filter(gateway => isTurnGateway(gateway) && isOperated(gateway, objects))
      .flatMap(gateway => gatewayComplaints(gateway).map(told(gateway))),
    ...objects.of(STUNNER_API, 'GatewayConfig').flatMap(config => configComplaints(config).map(told(config))),
    ...objects.of(STUNNER_API, 'UDPRoute').flatMap(route => backendComplaints(route).map(told(route))),
  ];
}

function gatewayComplaints({ name = '', annotations, spec }: ManifestObject): string[] {
  const listeners = items(spec?.listeners);
  const names = listeners.map(listener => textIn(listener, 'name') ?? '');
  const texts = Object.fromEntries(Object.entries(annotations).filter(([, value]) => typeof value === 'string'));
  const places = listeners.map(({ port, protocol }) => `${shown(port)}/${TRANSPORTS.get(protocol) ?? 'none'}`);
  const shared = places.filter((place, index) => places.indexOf(place) !== index);
  const strange = listeners.filter(({ protocol }) => !TRANSPORTS.has(protocol));
  const form = 'lower-case letters, digits and "-", a letter first (RFC 1035 label): a Service is called so';
  return [
    ...(LABEL_1035.test(name) ? [] : [complaint('Gateway name is not that of a Service', name, form, 'rename it')]),
    ...strange.map(({ protocol }) => {
      const allowed = `one of ${[...TRANSPORTS.keys()].join(', ')}`;
      return complaint('protocol is not served', shown(protocol), allowed, 'correct it');
    }),
    ...shared.map(place => {
      const allowed = 'one listener per port among UDP and DTLS, and one among TCP and TLS';
      return complaint('two listeners share a port', place, allowed, 'move one of them');
    }),
    ...annotationComplaints(texts, names),
  ];
}

function configComplaints({ spec = {} }: ManifestObject): string[] {
  const level = logLevelComplaint(textIn(spec, 'logLevel'));
  const hasCredential = CREDENTIALS.some(field => spec[field] !== undefined);
  const none = complaint('GatewayConfig has no credential', undefined, 'a Secret in authRef', 'name one');
  return [...(level === undefined ? [] : [level]), ...(hasCredential ? [] : [none])];
}

function backendComplaints({ spec }: ManifestObject): string[] {
  return items(spec?.rules)
    .flatMap(rule => items(rule.backendRefs))
    .flatMap(({ group = '', kind = 'Service', port, endPort }) => {
      const complaints: string[] = [];
      if (kind === 'StaticService' && group !== STUNNER_API) {
        complaints.push(complaint('group of a StaticService is not its own', shown(group), STUNNER_API, 'set "group"'));
      }
      const [first, last] = [port ?? 1, endPort ?? port ?? HIGHEST_PORT];
      const isRange = isPort(first) && isPort(last) && first <= last;
      if (!isRange || (port === undefined && endPort !== undefined)) {
        const got = shown({ port, endPort });
        const allowed = `port, or port and endPort, the lower first, 1 to ${HIGHEST_PORT}`;
        complaints.push(complaint('ports of a backend are no range', got, allowed, 'correct them'));
      }
      return complaints;
    });
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= HIGHEST_PORT;
}
