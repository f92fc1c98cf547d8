import { Finding } from '../../validation/finding';
import { complaint } from '../errors';
import { finding, groupOf, ManifestObject, ObjectSet } from '../object-set';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = new RegExp(`^(?=.{1,253}$)${LABEL}(\\.${LABEL})*$`);
const NAMESPACE = new RegExp(`^(?=.{1,63}$)${LABEL}$`);
/** RBAC names may be any path segment. */
const RBAC = /^(?!\.{1,2}$)[^/%]{1,253}$/;

/** Names that the API server refuses, and objects that occur twice. */
export function identityFindings(objects: ObjectSet): Finding[] {
  const seen = new Set<string>();
  return objects.all.flatMap(object => [...nameFindings(object), ...repetition(object, seen)]);
}

function nameFindings(object: ManifestObject): Finding[] {
  const { apiVersion, kind, metadata } = object;
  const found: Finding[] = [];
  const tell = (what: string, got: string | undefined, allowed: string) =>
    found.push(finding('identity', object, complaint(what, got, allowed, 'rename it')));
  if (!apiVersion || !kind) tell('object has no kind', kind, 'apiVersion and kind');
  const form = groupOf(object) === 'rbac.authorization.k8s.io' ? RBAC : SUBDOMAIN;
  if (!form.test(metadata?.name ?? '')) tell('name is not valid', metadata?.name, 'an RFC 1123 subdomain');
  if (metadata?.namespace !== undefined && !NAMESPACE.test(metadata.namespace)) {
    tell('namespace is not valid', metadata.namespace, 'an RFC 1123 label');
  }
  return found;
}

function repetition(object: ManifestObject, seen: Set<string>): Finding[] {
  const { kind, metadata } = object;
  const identity = [groupOf(object), kind, metadata?.namespace, metadata?.name].join('/');
  if (!seen.has(identity)) {
    seen.add(identity);
    return [];
  }
  const allowed = 'one object per group, kind, namespace and name';
  return [finding('identity', object, complaint('object occurs twice', metadata?.name, allowed, 'remove one'))];
}
