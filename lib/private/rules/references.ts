import { Finding } from '../../validation/finding';
import { RELAY_CONTROLLER } from '../contract';
import { complaint } from '../errors';
import { NAMESPACE_NAME_LABEL } from '../kubernetes';
import { finding, items, ManifestObject, ObjectSet, textIn } from '../object-set';

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
  const ref = object.spec?.parametersRef as Fields | undefined;
  const [name, namespace] = [textIn(ref ?? {}, 'name'), textIn(ref ?? {}, 'namespace')];
  if (name !== undefined && objects.find(STUNNER_API, 'GatewayConfig', name, namespace) !== undefined) return [];
  return [missing(object, 'GatewayConfig', `${namespace ?? ''}/${name ?? ''}`)];
}

function gatewayFindings(object: ManifestObject, objects: ObjectSet): Finding[] {
  const name = textIn(object.spec ?? {}, 'gatewayClassName');
  if (name !== undefined && objects.find(GATEWAY_API, 'GatewayClass', name) !== undefined) return [];
  // A Gateway of another controller, such as that of HTTP, has its class from elsewhere.
  return items(object.spec?.listeners).some(({ protocol }) => String(protocol).startsWith('TURN-'))
    ? [missing(object, 'GatewayClass', name)]
    : [];
}

function configFindings(object: ManifestObject, objects: ObjectSet): Finding[] {
  const name = textIn(object.spec ?? {}, 'dataplane') ?? HELM_DATAPLANE;
  const standalone = objects
    .of(GATEWAY_API, 'GatewayClass')
    .some(({ spec }) => spec?.controllerName === RELAY_CONTROLLER);
  const known = objects.of(STUNNER_API, 'Dataplane');
  if (standalone || name === HELM_DATAPLANE || known.length === 0) return [];
  return known.some(({ metadata }) => metadata?.name === name) ? [] : [missing(object, 'Dataplane', name)];
}

/** A Gateway of another tree cannot be judged, so a parent in a namespace without any Gateway is passed over. */
function parentFindings(object: ManifestObject, ref: Fields, objects: ObjectSet): Finding[] {
  const name = textIn(ref, 'name') ?? '';
  const namespace = textIn(ref, 'namespace') ?? object.metadata?.namespace;
  const here = objects.of(GATEWAY_API, 'Gateway').filter(({ metadata }) => metadata?.namespace === namespace);
  if (here.length === 0) return [];
  const gateway = here.find(({ metadata }) => metadata?.name === name);
  if (gateway === undefined) return [missing(object, 'Gateway', `${namespace ?? ''}/${name}`)];

  const section = textIn(ref, 'sectionName');
  const listeners = items(gateway.spec?.listeners).filter(
    listener => section === undefined || listener.name === section,
  );
  if (listeners.length === 0) return [missing(object, `listener of the Gateway "${name}"`, section)];
  const own = object.metadata?.namespace;
  if (listeners.some(listener => admits(listener, own, namespace))) return [];
  const allowed = `a namespace that a listener of the Gateway "${name}" admits`;
  const message = complaint('route is not admitted', own, allowed, 'admit it, or move the route');
  return [finding('reference', object, message)];
}

function admits(listener: Fields, routeNamespace: string | undefined, gatewayNamespace: string | undefined): boolean {
  const { from = 'Same', selector } = ((listener.allowedRoutes as Fields | undefined)?.namespaces ?? {}) as Fields;
  if (from === 'All') return true;
  if (from === 'Same') return routeNamespace === gatewayNamespace;
  const expressions = items((selector as Fields | undefined)?.matchExpressions);
  const byName = expressions.find(({ key }) => key === NAMESPACE_NAME_LABEL);
  // Of other labels a manifest does not know.
  if (byName === undefined) return true;
  return (byName.values as string[] | undefined)?.includes(routeNamespace ?? '') ?? false;
}

function backendFindings(object: ManifestObject, ref: Fields, objects: ObjectSet): Finding[] {
  if (ref.kind !== 'StaticService') return [];
  const name = textIn(ref, 'name') ?? '';
  const namespace = textIn(ref, 'namespace') ?? object.metadata?.namespace;
  if (objects.find(STUNNER_API, 'StaticService', name, namespace) !== undefined) return [];
  return [missing(object, 'StaticService', `${namespace ?? ''}/${name}`)];
}

function backendsOf({ spec }: ManifestObject): Fields[] {
  return items(spec?.rules).flatMap(rule => items(rule.backendRefs));
}

function missing(object: ManifestObject, what: string, got: string | undefined): Finding {
  const message = complaint(`there is no such ${what}`, got, 'one of the same cluster', 'add it, or correct the name');
  return finding('reference', object, message);
}
