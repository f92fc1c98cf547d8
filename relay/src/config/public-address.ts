import { isIP } from 'node:net';
import { quote, type Field } from './field';
import type { KubeObject } from './objects';
import type { Resolution } from './resolution';
import type { GatewayStatus } from './status';
import { isHostName } from './validate';

export type PublicAddress = GatewayStatus['addresses'][number];

/** Where clients reach the Gateway: its first address, else the load balancer's of the Service of the same name. */
export function publicAddress(resolution: Resolution, gateway: KubeObject): PublicAddress | undefined {
  const [first] = resolution.fields(gateway).get('spec').get('addresses').items() ?? [];
  if (first !== undefined) return readAddress(first.get('value'));

  const service = resolution.objects.get('Service', gateway.namespace, gateway.name);
  if (service === undefined) return undefined;
  const [ingress] = resolution.fields(service).get('status').get('loadBalancer').get('ingress').items() ?? [];
  if (ingress === undefined) return undefined;
  return readAddress(ingress.get('ip').isAbsent ? ingress.get('hostname') : ingress.get('ip'));
}

function readAddress(field: Field): PublicAddress | undefined {
  const value = field.string();
  if (value === undefined) return undefined;
  if (isIP(value) !== 0) return { type: 'IPAddress', value };
  if (isHostName(value)) return { type: 'Hostname', value };
  field.tell(`not an address (got ${quote(value)}): an IP address or a host name`);
  return undefined;
}
