import { Finding } from '../../validation/finding';
import { RELAY_CONTROLLER } from '../contract';
import { complaint } from '../errors';
import { NAMESPACE_NAME_LABEL } from '../kubernetes';
import { fieldsOf, finding, items, ManifestObject, ObjectSet, textIn } from '../object-set';
import { isTurnClass, isTurnGateway } from './turn-gateway';

const GATEWAY_API = 'gateway.networking.k8s.io';
const STUNNER_API = 'stunner.l7mp.io';
const HELM_DATAPLANE = 'default';

type Fields = Readonly<Record<string, unknown>>;

/** References that lead nowhere, and routes that their parents do not admit. */
export function referenceFindings(objects: ObjectSet): Finding[] {
  return [
    ...objects.of(GATEWAY_API, 'GatewayClass').flatMap(object => classFindings(object, objects)),
    ...objects.of(GATEWAY_API, 'Gateway').flatMap(object => gatewayFindings(object, objects)),
    ...objects.of(STUNNER_API, 'GatewayConfig').flatMap(object => configFindings(object, objects)),
    ...objects
      .of(STUNNER_API, 'UDPRoute')
      .flatMap(object => [
        ...items(object.spec?.parentRefs).flatMap(ref => parentFindings(object, ref, objects)),
        ...backendsOf(object).flatMap(ref => backendFindings(object, ref, objects)),
      ]),
  ];
}

function classFindings(object: ManifestObject, objects: ObjectSet): Finding[] {
  if (!isTurnClass(object)) return [];
  const ref = fieldsOf(object.spec?.parametersRef) ?? {};
  const [name, namespace] = [textIn(ref, 'name'), textIn(ref, 'namespace')];
  if (name !== undefined && objects.has(STUNNER_API, 'GatewayConfig', name, namespace)) return [];
  return [missing(object, 'GatewayConfig', `${namespace ?? ''}/${name ?? ''}`)];
}

function gatewayFindings(object: ManifestObject, objects: ObjectSet): Finding[] {
  const name = textIn(object.spec ?? {}, 'gatewayClassName');
  if (name !== undefined && objects.has(GATEWAY_API, 'GatewayClass', name)) return [];
  // A Gateway of another controller, such as that of HTTP, has its class from elsewhere.
  return isTurnGateway(object) ? [missing(object, 'GatewayClass', name)] : [];
}

function configFindings(object: ManifestObject, objects: ObjectSet): Finding[] {
  const name = textIn(object.spec ?? {}, 'dataplane') ?? HELM_DATAPLANE;
  const standalone = objects
    .of(GATEWAY_API, 'GatewayClass')
    .some(({ spec }) => spec?.controllerName === RELAY_CONTROLLER);
  const known = objects.of(STUNNER_API, 'Dataplane');
  if (standalone || name === HELM_DATAPLANE || known.length === 0) return [];
  return objects.has(STUNNER_API, 'Dataplane', name) ? [] : [missing(object, 'Dataplane', name)];
}

/** A Gateway of another tree cannot be judged, so a parent in a namespace without any Gateway is passed over. */
function parentFindings(object: ManifestObject, ref: Fields, objects: ObjectSet): Finding[] {
  const name = textIn(ref, 'name') ?? '';
  const namespace = textIn(ref, 'namespace') ?? object.namespace;
  const here = objects.of(GATEWAY_API, 'Gateway').filter(candidate => candidate.namespace === namespace);
  if (here.length === 0) return [];
  const gateway = here.find(candidate => candidate.name === name);
  if (gateway === undefined) {
    if (objects.has(GATEWAY_API, 'Gateway', name, namespace)) return [];
    return [missing(object, 'Gateway', `${namespace ?? ''}/${name}`)];
  }

  const section = textIn(ref, 'sectionName');
  const listeners = items(gateway.spec?.listeners).filter(
    listener => section === undefined || listener.name === section,
  );
  if (listeners.length === 0) return [missing(object, `listener of the Gateway "${name}"`, section)];
  const own = object.namespace;
  if (listeners.some(listener => admits(listener, own, namespace))) return [];
  const allowed = `a namespace that a listener of the Gateway "${name}" admits`;
  const message = complaint('route is not admitted', own, allowed, 'admit it, or move the route');
  return [finding('reference', object, message)];
}

function admits(listener: Fields, routeNamespace: string | undefined, gatewayNamespace: string | undefined): boolean {
  const { from = 'Same', selector } = fieldsOf(fieldsOf(listener.allowedRoutes)?.namespaces) ?? {};
  if (from === 'All') return true;
  if (from === 'Same') return routeNamespace === gatewayNamespace;
  const expressions = items(fieldsOf(selector)?.matchExpressions);
  const byName = expressions.find(({ key }) => key === NAMESPACE_NAME_LABEL);
  // Of other labels a manifest does not know.
  if (byName === undefined) return true;
  return Array.isArray(byName.values) && byName.values.includes(routeNamespace ?? '');
}

function backendFindings(object: ManifestObject, ref: Fields, objects: ObjectSet): Finding[] {
  if (ref.kind !== 'StaticService') return [];
  const name = textIn(ref, 'name') ?? '';
  const namespace = textIn(ref, 'namespace') ?? object.namespace;
  if (objects.has(STUNNER_API, 'StaticService', name, namespace)) return [];
  return [missing(object, 'StaticService', `${namespace ?? ''}/${name}`)];
}

function backendsOf({ spec }: ManifestObject): Fields[] {
  return items(spec?.rules).flatMap(rule => items(rule.backendRefs));
}

function missing(object: ManifestObject, what: string, got: string | undefined): Finding {
  const message = complaint(`there is no such ${what}`, got, 'one of the same cluster', 'add it, or correct the name');
  return finding('reference', object, message);
}
