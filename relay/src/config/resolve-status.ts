import type { PublicAddresses } from './public-address';
import { needsCertificate } from './protocol';
import { generationOf, Resolution } from './resolution';
import { gatewayConfigOf, isOfOurs, type ChosenGateway } from './resolve-gateway';
import type { ResolvedListener } from './resolve-listeners';
import type { ResolvedRoute } from './resolve-routes';
import { isFalse, isTrue, type Condition, type GatewayClassStatus, type ResolvedStatus } from './status';

/** What came out of a resolution, as far as status tells of it. */
export interface Outcome {
  readonly chosen: ChosenGateway;
  readonly listeners: readonly ResolvedListener[];
  readonly routes: readonly ResolvedRoute[];
  readonly addresses: PublicAddresses;
  /** What the Gateway asks for that no relay can do. */
  readonly refused: Condition | undefined;
  /** Realm and credentials are known. */
  readonly hasIdentity: boolean;
  /** There is a configuration to run. */
  readonly isUsable: boolean;
}

export function resolvedStatus(resolution: Resolution, outcome: Outcome): ResolvedStatus {
  const { chosen, listeners, routes, addresses } = outcome;
  const { gateway, controllerName } = chosen;
  return {
    gatewayClasses: classStatuses(resolution),
    gateway: {
      namespace: gateway.namespace,
      name: gateway.name,
      controllerName,
      ...generationOf(resolution.fields(gateway)),
      addresses: addresses.all,
      conditions: gatewayConditions(outcome),
      listeners: listeners.map(listener => ({
        name: listener.name,
        supportedKinds: listener.supportedKinds,
        attachedRoutes: routes.filter(route => route.listeners.has(listener.name)).length,
        conditions: [...listener.conditions, listenerProgrammed(listener, outcome)],
      })),
    },
    routes: routes.map(route => route.status),
  };
}

/** All classes of ours, whether or not a Gateway is of them. */
export function classStatuses(resolution: Resolution): readonly GatewayClassStatus[] {
  return resolution.objects.list('GatewayClass').flatMap(gatewayClass => {
    // What is wrong with a class that is not served here concerns its status only.
    const aside = new Resolution(resolution.objects);
    const controllerName = aside.fields(gatewayClass).get('spec').get('controllerName').string();
    if (controllerName === undefined || !isOfOurs(controllerName)) return [];
    const accepted =
      gatewayConfigOf(aside, gatewayClass) === undefined
        ? isFalse('Accepted', 'InvalidParameters', 'parametersRef names no GatewayConfig')
        : isTrue('Accepted');
    const generation = generationOf(aside.fields(gatewayClass));
    return [{ name: gatewayClass.name, controllerName, ...generation, conditions: [accepted] }];
  });
}

function gatewayConditions(outcome: Outcome): readonly Condition[] {
  const accepted = gatewayAccepted(outcome);
  if (!outcome.isUsable) return [accepted, isFalse('Programmed', 'Invalid', 'no configuration to run')];
  const { all, missing } = outcome.addresses;
  return [accepted, all.length > 0 ? isTrue('Programmed') : isFalse('Programmed', 'AddressNotAssigned', missing)];
}

/** A Gateway with some listeners that are not accepted is accepted all the same (Gateway API, ListenersNotValid). */
function gatewayAccepted({ refused, hasIdentity, isUsable, listeners }: Outcome): Condition {
  if (refused !== undefined) return refused;
  if (!hasIdentity) return isFalse('Accepted', 'Pending', 'GatewayConfig or its credentials are missing or unusable');
  if (!isUsable) return isFalse('Accepted', 'ListenersNotValid', 'no listener can run');
  const refusedOnes = listeners.filter(({ config }) => config === undefined).map(({ name }) => name);
  return refusedOnes.length === 0
    ? isTrue('Accepted')
    : isTrue('Accepted', 'ListenersNotValid', `listeners that are not accepted: ${refusedOnes.join(', ')}`);
}

function listenerProgrammed({ config }: ResolvedListener, { isUsable }: Outcome): Condition {
  if (config === undefined) return isFalse('Programmed', 'Invalid', 'the listener is not accepted');
  if (!isUsable) return isFalse('Programmed', 'Invalid', 'no configuration to run');
  return needsCertificate(config.transport) && config.certificate === undefined
    ? isFalse('Programmed', 'Invalid', 'no usable certificate')
    : isTrue('Programmed');
}
