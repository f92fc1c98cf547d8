import { Finding } from '../../validation/finding';
import { complaint, shown } from '../errors';
import { MIXED_PROTOCOL_ANNOTATION } from '../gateway-annotations';
import { fieldsOf, finding, items, ManifestObject, ObjectSet, textIn } from '../object-set';
import { forbiddenIn, isPrefix } from '../prefixes';
import { isOperated, isTurnGateway } from './turn-gateway';

const GATEWAY_API = 'gateway.networking.k8s.io';
const STUNNER_API = 'stunner.l7mp.io';
const UDP = ['TURN-UDP', 'TURN-DTLS'];
const TCP = ['TURN-TCP', 'TURN-TLS'];
const ENCRYPTED = ['TURN-TLS', 'TURN-DTLS'];

/** What the API server takes, and the operator serves in part, or not at all, without a word. */
export function servingFindings(objects: ObjectSet): Finding[] {
  return [
    ...objects
      .of(GATEWAY_API, 'Gateway')
      .flatMap(gateway => [...mixedFindings(gateway, objects), ...tlsFindings(gateway)]),
    ...objects.of(STUNNER_API, 'UDPRoute').flatMap(ruleFindings),
    ...objects.of(STUNNER_API, 'StaticService').flatMap(prefixFindings),
    ...objects.of(GATEWAY_API, 'UDPRoute').flatMap(route => groupFindings(route, objects)),
  ];
}

function mixedFindings(gateway: ManifestObject, objects: ObjectSet): Finding[] {
  const turn = items(gateway.spec?.listeners).map(({ protocol }) => shown(protocol));
  const udp = turn.filter(protocol => UDP.includes(protocol)).length;
  const isTurn = turn.every(protocol => [...UDP, ...TCP].includes(protocol));
  const value = textIn(gateway.annotations, MIXED_PROTOCOL_ANNOTATION);
  if (!isTurn || !isOperated(gateway, objects) || udp === 0 || udp === turn.length || value === 'true') return [];
  const allowed = `${MIXED_PROTOCOL_ANNOTATION} "true"`;
  return [told(gateway, complaint('listeners of the second transport get no address', value, allowed, 'add it'))];
}

function tlsFindings(gateway: ManifestObject): Finding[] {
  return items(gateway.spec?.listeners)
    .filter(({ protocol, tls }) => {
      const { certificateRefs, mode } = fieldsOf(tls) ?? {};
      return ENCRYPTED.includes(shown(protocol)) && (items(certificateRefs).length === 0 || mode === 'Passthrough');
    })
    .map(({ name }) => {
      const allowed = 'tls.mode Terminate and a certificate';
      return told(
        gateway,
        complaint('listener has no certificate', shown(name), allowed, 'name one in certificateRefs'),
      );
    });
}

function ruleFindings(route: ManifestObject): Finding[] {
  const rules = items(route.spec?.rules);
  if (rules.length === 1) return [];
  const allowed = 'exactly one rule, for the others are passed over';
  return [told(route, complaint('number of rules is not served', rules.length, allowed, 'make more routes'))];
}

/** The UDPRoute of Gateway API itself, on a Gateway that the operator serves. */
function groupFindings(route: ManifestObject, objects: ObjectSet): Finding[] {
  const operated = items(route.spec?.parentRefs).some(ref => {
    const namespace = textIn(ref, 'namespace') ?? route.namespace;
    const gateway = objects.find(GATEWAY_API, 'Gateway', textIn(ref, 'name') ?? '', namespace);
    return gateway !== undefined && isTurnGateway(gateway) && isOperated(gateway, objects);
  });
  if (!operated) return [];
  const fix = `use ${STUNNER_API}/v1`;
  return [told(route, complaint('STUNner does not watch this UDPRoute', route.apiVersion, STUNNER_API, fix))];
}

function prefixFindings(service: ManifestObject): Finding[] {
  return (Array.isArray(service.spec?.prefixes) ? (service.spec.prefixes as unknown[]) : [])
    .map(shown)
    .flatMap(prefix => {
      const forbidden = isPrefix(prefix) ? forbiddenIn(prefix) : 'what does not parse';
      if (forbidden === undefined) return [];
      const message = complaint(
        'prefix is refused',
        prefix,
        `nothing that overlaps ${forbidden}`,
        'name the media servers',
      );
      return [told(service, message)];
    });
}

function told(object: ManifestObject, message: string): Finding {
  return finding('serving', object, message);
}
