import { RELAY_CONTROLLER, STUNNER_CONTROLLER } from '../contract';
import { shown } from '../errors';
import { items, ManifestObject, ObjectSet } from '../object-set';

const GATEWAY_API = 'gateway.networking.k8s.io';

/** Whether a GatewayClass is STUNner's, or that of the relay of this project: of others nothing is known. */
export function isTurnClass({ spec }: ManifestObject): boolean {
  return spec?.controllerName === STUNNER_CONTROLLER || spec?.controllerName === RELAY_CONTROLLER;
}

/** Whether a Gateway has a listener that speaks TURN. */
export function isTurnGateway({ spec }: ManifestObject): boolean {
  return items(spec?.listeners).some(({ protocol }) => shown(protocol).startsWith('TURN-'));
}

/** Whether STUNner's operator serves a Gateway; one whose class is not here may well be its. */
export function isOperated({ spec }: ManifestObject, objects: ObjectSet): boolean {
  const found = objects.find(GATEWAY_API, 'GatewayClass', shown(spec?.gatewayClassName));
  return found === undefined || found.spec?.controllerName === STUNNER_CONTROLLER;
}
