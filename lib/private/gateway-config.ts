import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { GatewayConfig, toJson_GatewayConfigSpec } from '../../imports/stunner.l7mp.io';
import { TurnAuth } from '../turn-auth';
import { apiObject } from './api-object';

/** What a GatewayConfig is told. */
export interface GatewayConfigOptions {
  readonly name: string;
  readonly namespace: string;
  readonly realm: string;
  readonly auth: TurnAuth;
  readonly dataplane: string;
  readonly logLevel?: string;
}

/** The GatewayConfig, its credential by reference. */
export function gatewayConfig(scope: Construct, options: GatewayConfigOptions): ApiObject {
  const { name, namespace, realm, auth, dataplane, logLevel } = options;
  const { name: secret, namespace: secretNamespace = namespace } = auth.secret;
  return apiObject(scope, 'GatewayConfig', GatewayConfig.GVK, {
    name,
    namespace,
    spec: () =>
      toJson_GatewayConfigSpec({
        realm,
        authType: auth.type,
        authRef: { group: '', kind: 'Secret', name: secret, namespace: secretNamespace },
        dataplane,
        logLevel: logLevel ?? 'all:INFO',
      }),
  });
}
