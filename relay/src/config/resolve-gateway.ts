import { RELAY_CONTROLLER, STUNNER_CONTROLLER } from '../contract';
import { quote, type Field } from './field';
import { STUNNER_GROUP, type KubeObject } from './objects';
import type { Resolution } from './resolution';
import { isFalse, type Condition } from './status';

/** A Gateway of ours, with its class. */
export interface ChosenGateway {
  readonly gateway: KubeObject;
  readonly gatewayClass: KubeObject;
  readonly controllerName: string;
}

/** The one Gateway to serve: the one named, or the only one there is. */
export function chooseGateway(resolution: Resolution, id: string | undefined): ChosenGateway | undefined {
  const ours = gatewaysOfOurs(resolution);
  const candidates = id === undefined ? ours : ours.filter(({ gateway }) => gateway.id === id);
  if (candidates.length === 1) return candidates[0];

  const names = ours.map(({ gateway }) => gateway.id).join(', ');
  const found = names === '' ? 'none' : names;
  const message =
    id !== undefined
      ? `no Gateway ${quote(id)} of a class of ours (got ${found}): <namespace>/<name> of a Gateway whose GatewayClass has ` +
        `controllerName ${RELAY_CONTROLLER} or ${STUNNER_CONTROLLER}`
      : `not one Gateway to serve (got ${found}): one Gateway whose GatewayClass has controllerName ${RELAY_CONTROLLER} or ` +
        `${STUNNER_CONTROLLER}; of several, name the one`;
  resolution.problems.add({ message });
  return undefined;
}

function gatewaysOfOurs(resolution: Resolution): readonly ChosenGateway[] {
  return resolution.objects.list('Gateway').flatMap(gateway => {
    const className = resolution.fields(gateway).get('spec').get('gatewayClassName').required();
    const gatewayClass = className === undefined ? undefined : resolution.objects.get('GatewayClass', '', className);
    if (gatewayClass === undefined) return [];
    const controllerName = resolution.fields(gatewayClass).get('spec').get('controllerName').required();
    return controllerName !== undefined && isOfOurs(controllerName) ? [{ gateway, gatewayClass, controllerName }] : [];
  });
}

/** Ours, or STUNner's, whose objects we understand. */
export function isOfOurs(controllerName: string): boolean {
  return controllerName === RELAY_CONTROLLER || controllerName === STUNNER_CONTROLLER;
}

/** The GatewayConfig that the class names as its parameters. */
export function gatewayConfigOf(resolution: Resolution, gatewayClass: KubeObject): KubeObject | undefined {
  const ref = resolution.fields(gatewayClass).get('spec').get('parametersRef');
  const [group, kind, namespace, name] = ['group', 'kind', 'namespace', 'name'].map(key => ref.get(key).required());
  if (group === undefined || kind === undefined || namespace === undefined || name === undefined) return undefined;
  if (group !== STUNNER_GROUP || kind !== 'GatewayConfig') {
    ref.tell(`refers to another kind (got ${quote(`${group}/${kind}`)}): ${STUNNER_GROUP}/GatewayConfig`);
    return undefined;
  }
  const gatewayConfig = resolution.objects.get('GatewayConfig', namespace, name);
  if (gatewayConfig === undefined)
    ref.tell(`GatewayConfig ${quote(`${namespace}/${name}`)} is missing: an existing object`);
  return gatewayConfig;
}

/** What a Gateway asks for that no relay can do, as its Accepted condition; it is told. */
export function refusal(resolution: Resolution, gateway: KubeObject): Condition | undefined {
  const spec = resolution.fields(gateway).get('spec');
  const refuse = (field: Field, reason: string, message: string): Condition => {
    field.tell(`${message}; the Gateway is refused`);
    return isFalse('Accepted', reason, message);
  };
  const parameters = spec.get('infrastructure').get('parametersRef');
  if (!parameters.isAbsent) {
    return refuse(parameters, 'InvalidParameters', 'a Gateway has no parameters of its own: those of its GatewayClass');
  }
  const type = (spec.get('addresses').items() ?? []).map(address => address.get('type')).find(isUnsupportedAddress);
  return type && refuse(type, 'UnsupportedAddress', 'unsupported type of address: IPAddress or Hostname');
}

function isUnsupportedAddress(type: Field): boolean {
  return !['IPAddress', 'Hostname'].includes(type.string('IPAddress') ?? '');
}
