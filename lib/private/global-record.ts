import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { StunnerGateway } from '../stunner-gateway';
import { apiObject } from './api-object';
import { externalDns } from './external-dns';
import { Kind } from './kubernetes';

/**
 * A Service that is a name only, from which external-dns makes a CNAME to the regional name. The record of the regional name stays
 * as it is, which a routing policy on the Gateway itself would change.
 */
export function globalRecord(
  scope: Construct,
  id: string,
  gateway: StunnerGateway,
  settings: Readonly<Record<string, string | undefined>>,
): ApiObject {
  return apiObject(scope, id, Kind.Service, {
    name: id.replace('GlobalName', `${gateway.gatewayName}-global`),
    namespace: gateway.gatewayNamespace,
    annotations: externalDns(settings),
    spec: () => ({ type: 'ExternalName', externalName: gateway.hostname, sessionAffinity: 'None' }),
  });
}

/** A name that k8gb answers with the load balancer of the Gateway's Service, which has the name of the Gateway. */
export function gslb(
  scope: Construct,
  id: string,
  gateway: StunnerGateway,
  hostname: string,
  strategy: { readonly type: string; readonly primaryGeoTag?: string },
): ApiObject {
  const { gatewayName: name, gatewayNamespace: namespace } = gateway;
  const resourceRef = { apiVersion: 'v1', kind: 'Service', name };
  return apiObject(
    scope,
    id,
    { apiVersion: 'k8gb.io/v1beta1', kind: 'Gslb' },
    {
      name: `${name}-global`,
      namespace,
      annotations: { 'k8gb.io/hostname': hostname },
      spec: () => ({ resourceRef, serviceHealthPolicy: 'Any', strategy }),
    },
  );
}
