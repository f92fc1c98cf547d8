import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { GatewayClass, toJson_GatewayClassSpec } from '../../imports/gateway.networking.k8s.io';
import { GatewayConfig } from '../../imports/stunner.l7mp.io';
import { apiObject } from './api-object';

/** What a GatewayClass is told. */
export interface GatewayClassOptions {
  readonly name: string;
  /** Who runs the Gateways of the class. */
  readonly controllerName: string;
  /** The GatewayConfig. */
  readonly config: { readonly name: string; readonly namespace: string };
}

/** A GatewayClass, bound to its GatewayConfig. */
export function gatewayClass(scope: Construct, { name, controllerName, config }: GatewayClassOptions): ApiObject {
  const parametersRef = { group: 'stunner.l7mp.io', kind: GatewayConfig.GVK.kind, ...config };
  return apiObject(scope, 'GatewayClass', GatewayClass.GVK, {
    name,
    spec: () => toJson_GatewayClassSpec({ controllerName, parametersRef }),
  });
}
