import { TARGET_PORT_ANNOTATION } from '../contract';
import { quote } from './field';
import type { KubeObject } from './objects';
import type { Resolution } from './resolution';

/**
 * Ports to bind in place of the listeners' own, by listener name: a JSON map in an annotation of the Gateway, else of
 * its Service as GatewayConfig gives it. The braces may be left out.
 */
export function targetPorts(
  resolution: Resolution,
  gateway: KubeObject,
  gatewayConfig?: KubeObject,
): ReadonlyMap<string, number> {
  const own = resolution.fields(gateway).get('metadata').get('annotations').get(TARGET_PORT_ANNOTATION);
  const shared =
    gatewayConfig &&
    resolution.fields(gatewayConfig).get('spec').get('loadBalancerServiceAnnotations').get(TARGET_PORT_ANNOTATION);
  const annotation = own.isAbsent && shared !== undefined ? shared : own;

  const ports = new Map<string, number>();
  const text = annotation.string('')?.trim() ?? '';
  if (text === '') return ports;
  const value = parseJson(text.startsWith('{') ? text : `{${text}}`);
  if (value === undefined) {
    annotation.tell(`not a JSON map (got ${quote(text)}): ports by listener name, such as {"udp":3478}; ignored`);
    return ports;
  }
  for (const [name, port] of annotation.with(value).entries() ?? []) {
    const number = port.integer(1, 65535);
    if (number !== undefined) ports.set(name, number);
  }
  return ports;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
