import { Finding } from '../../validation/finding';
import { complaint } from '../errors';
import { MIXED_PROTOCOL_ANNOTATION } from '../gateway-annotations';
import { finding, items, ManifestObject, ObjectSet } from '../object-set';
import { forbiddenIn, isPrefix } from '../prefixes';

const GATEWAY_API = 'gateway.networking.k8s.io';
const STUNNER_API = 'stunner.l7mp.io';
const UDP = ['TURN-UDP', 'TURN-DTLS'];
const ENCRYPTED = ['TURN-TLS', 'TURN-DTLS'];

/** What the API server takes, and the operator serves in part, or not at all, without a word. */
export function servingFindings(objects: ObjectSet): Finding[] {
  return [
    ...objects
      .of(GATEWAY_API, 'Gateway')
      .flatMap(gateway => [...mixedFindings(gateway, objects), ...tlsFindings(gateway)]),
    ...objects.of(STUNNER_API, 'UDPRoute').flatMap(ruleFindings),
    ...objects.of(STUNNER_API, 'StaticService').flatMap(prefixFindings),
    ...objects.of(GATEWAY_API, 'UDPRoute').map(route => {
      const fix = `use ${STUNNER_API}/v1`;
      return told(route, complaint('STUNner does not watch this UDPRoute', route.apiVersion, STUNNER_API, fix));
    }),
  ];
}

function mixedFindings(gateway: ManifestObject, objects: ObjectSet): Finding[] {
  const turn = items(gateway.spec?.listeners).map(({ protocol }) => String(protocol));
  const udp = turn.filter(protocol => UDP.includes(protocol)).length;
  const isTurn = turn.every(protocol => protocol.startsWith('TURN-'));
  const value = gateway.metadata?.annotations?.[MIXED_PROTOCOL_ANNOTATION];
  const gatewayClass = objects.find(GATEWAY_API, 'GatewayClass', String(gateway.spec?.gatewayClassName));
  const byOperator = gatewayClass === undefined || String(gatewayClass.spec?.controllerName).startsWith(STUNNER_API);
  if (!isTurn || !byOperator || udp === 0 || udp === turn.length || value === 'true') return [];
  const allowed = `${MIXED_PROTOCOL_ANNOTATION} "true"`;
  return [told(gateway, complaint('listeners of the second transport get no address', value, allowed, 'add it'))];
}

function tlsFindings(gateway: ManifestObject): Finding[] {
  return items(gateway.spec?.listeners)
    .filter(({ protocol, tls }) => {
      const { certificateRefs, mode } = (tls ?? {}) as Record<string, unknown>;
      return ENCRYPTED.includes(String(protocol)) && (items(certificateRefs).length === 0 || mode === 'Passthrough');
    })
    .map(({ name }) => {
      const allowed = 'tls.mode Terminate and a certificate';
      return told(
        gateway,
        complaint('listener has no certificate', String(name), allowed, 'name one in certificateRefs'),
      );
    });
}

function ruleFindings(route: ManifestObject): Finding[] {
  const rules = items(route.spec?.rules);
  if (rules.length === 1) return [];
  const allowed = 'exactly one rule, for the others are passed over';
  return [told(route, complaint('number of rules is not served', rules.length, allowed, 'make more routes'))];
}

function prefixFindings(service: ManifestObject): Finding[] {
  return (Array.isArray(service.spec?.prefixes) ? (service.spec.prefixes as unknown[]) : [])
    .map(String)
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
