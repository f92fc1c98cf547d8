import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { Gateway, GatewaySpecListeners, toJson_GatewaySpec } from '../../imports/gateway.networking.k8s.io';
import { apiObject } from './api-object';

/** external-dns changed its prefix in 0.22; each release reads one of the two. */
const HOSTNAME_ANNOTATIONS = ['external-dns.alpha.kubernetes.io/hostname', 'external-dns.kubernetes.io/hostname'];

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

/** Tells external-dns the name of a load balancer. */
export function dnsAnnotations(hostname: string | undefined): Record<string, string> {
  return hostname === undefined ? {} : Object.fromEntries(HOSTNAME_ANNOTATIONS.map(key => [key, hostname]));
}

/** A Gateway, and on it the name that external-dns gives its load balancer. */
export function gatewayObject(scope: Construct, id: string, options: GatewayObjectOptions): ApiObject {
  const { name, namespace, className, hostname, address, annotations, listeners } = options;
  return apiObject(scope, id, Gateway.GVK, {
    name,
    namespace,
    annotations: { ...dnsAnnotations(hostname), ...annotations },
    spec: () =>
      toJson_GatewaySpec({ gatewayClassName: className, listeners: listeners(), addresses: addressesOf(address) }),
  });
}

function addressesOf(address: string | undefined): { type: string; value: string }[] | undefined {
  if (address === undefined) return undefined;
  return [{ type: /^[\d.]+$|:/.test(address) ? 'IPAddress' : 'Hostname', value: address }];
}
