import { STUNNER_GROUP } from './objects';
import type { PublicAddress } from './public-address';
import { generationOf, type Resolution } from './resolution';
import type { ChosenGateway } from './resolve-gateway';
import type { ResolvedListener } from './resolve-listeners';
import type { ResolvedRoute } from './resolve-routes';
import { isFalse, isTrue, type Condition, type ResolvedStatus } from './status';

/** What came out of a resolution, as far as status tells of it. */
export interface Outcome {
  readonly chosen: ChosenGateway;
  readonly listeners: readonly ResolvedListener[];
  readonly routes: readonly ResolvedRoute[];
  readonly address: PublicAddress | undefined;
  /** The class names a GatewayConfig. */
  readonly hasParameters: boolean;
  /** Realm and credentials are known. */
  readonly hasIdentity: boolean;
  /** There is a configuration to run. */
  readonly isUsable: boolean;
}

export function resolvedStatus(resolution: Resolution, outcome: Outcome): ResolvedStatus {
  const { gateway, gatewayClass } = outcome.chosen;
  return {
    gatewayClass: {
      name: gatewayClass.name,
      ...generationOf(resolution.fields(gatewayClass)),
      conditions: [
        outcome.hasParameters
          ? isTrue('Accepted')
          : isFalse('Accepted', 'InvalidParameters', 'parametersRef names no GatewayConfig'),
      ],
    },
    gateway: {
      namespace: gateway.namespace,
      name: gateway.name,
      ...generationOf(resolution.fields(gateway)),
      addresses: outcome.address === undefined ? [] : [outcome.address],
      conditions: gatewayConditions(outcome),
      listeners: outcome.listeners.map(({ name, conditions }) => ({
        name,
        supportedKinds: [{ group: STUNNER_GROUP, kind: 'UDPRoute' }],
        attachedRoutes: outcome.routes.filter(route => route.listeners.has(name)).length,
        conditions,
      })),
    },
    routes: outcome.routes.map(route => route.status),
  };
}

function gatewayConditions({ hasIdentity, isUsable, address }: Outcome): readonly Condition[] {
  if (!hasIdentity) {
    return [
      isFalse('Accepted', 'Pending', 'GatewayConfig or its credentials are missing or unusable'),
      isFalse('Programmed', 'Invalid', 'no configuration to run'),
    ];
  }
  if (!isUsable) {
    return [
      isFalse('Accepted', 'ListenersNotValid', 'no listener can run'),
      isFalse('Programmed', 'Invalid', 'no configuration to run'),
    ];
  }
  return [
    isTrue('Accepted'),
    address === undefined
      ? isFalse('Programmed', 'AddressNotAssigned', 'neither spec.addresses nor the Service gives an address')
      : isTrue('Programmed'),
  ];
}
