import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { Gateway, GatewaySpecListeners, toJson_GatewaySpec } from '../../imports/gateway.networking.k8s.io';
import { apiObject } from './api-object';
import { externalDns } from './external-dns';
import { CONFIRMED } from './sync-options';

/** What a Gateway object is told. */
export interface GatewayObjectOptions {
  readonly name: string;
  readonly namespace: string;
  readonly className: string;
  readonly hostname?: string;
  readonly address?: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly listeners: () => GatewaySpecListeners[];
}

/** A Gateway, and on it the name that external-dns gives its load balancer. */
export function gatewayObject(scope: Construct, id: string, options: GatewayObjectOptions): ApiObject {
  const { name, namespace, className, hostname, address, annotations, listeners } = options;
  return apiObject(scope, id, Gateway.GVK, {
    name,
    namespace,
    annotations: { ...CONFIRMED, ...externalDns({ hostname }), ...annotations },
    spec: () =>
      toJson_GatewaySpec({ gatewayClassName: className, listeners: listeners(), addresses: addressesOf(address) }),
  });
}

function addressesOf(address: string | undefined): { type: string; value: string }[] | undefined {
  if (address === undefined) return undefined;
  return [{ type: /^[\d.]+$|:/.test(address) ? 'IPAddress' : 'Hostname', value: address }];
}
