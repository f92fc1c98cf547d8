import { Finding } from '../../validation/finding';
import { complaint, shown } from '../errors';
import { finding, groupOf, ManifestObject, ObjectSet } from '../object-set';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = new RegExp(`^(?=.{1,253}$)${LABEL}(\\.${LABEL})*$`);
const NAMESPACE = new RegExp(`^(?=.{1,63}$)${LABEL}$`);
/** RBAC names may be any path segment. */
const RBAC = /^(?!\.{1,2}$)[^/%]{1,253}$/;

/** A label's value, and what follows the prefix of a label's or annotation's key. */
const VALUE = /^(?=.{0,63}$)([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;

/** Names and labels that the API server refuses, and objects that occur twice. */
export function identityFindings(objects: ObjectSet): Finding[] {
  return objects.all.flatMap(object => [
    ...nameFindings(object),
    ...labelFindings(object),
    ...annotationFindings(object),
    ...repetition(object, objects),
  ]);
}

function nameFindings(object: ManifestObject): Finding[] {
  const { apiVersion, kind, name, namespace } = object;
  const found: Finding[] = [];
  const tell = (what: string, got: string | undefined, allowed: string) =>
    found.push(finding('identity', object, complaint(what, got, allowed, 'rename it')));
  if (!apiVersion || !kind) tell('object has no kind', kind, 'apiVersion and kind');
  const form = groupOf(object) === 'rbac.authorization.k8s.io' ? RBAC : SUBDOMAIN;
  if (!form.test(name ?? '')) tell('name is not valid', name, 'an RFC 1123 subdomain');
  if (namespace !== undefined && !NAMESPACE.test(namespace))
    tell('namespace is not valid', namespace, 'an RFC 1123 label');
  return found;
}

function labelFindings(object: ManifestObject): Finding[] {
  return Object.entries(object.labels).flatMap(([key, value]) => {
    if (!isKey(key)) return [wrongKey(object, key)];
    if (typeof value === 'string' && VALUE.test(value)) return [];
    const allowed = 'a text of at most 63 letters, digits, "-", "_" and "."';
    return [
      finding('identity', object, complaint(`label ${key} is not valid`, shown(value), allowed, 'quote or change it')),
    ];
  });
}

function annotationFindings(object: ManifestObject): Finding[] {
  return Object.entries(object.annotations).flatMap(([key, value]) => {
    if (!isKey(key)) return [wrongKey(object, key)];
    if (typeof value === 'string') return [];
    return [
      finding(
        'identity',
        object,
        complaint(`annotation ${key} is not valid`, shown(value), 'a text', 'put it in quotes'),
      ),
    ];
  });
}

/** A name, perhaps led by a DNS subdomain and `/`. */
function isKey(key: string): boolean {
  const [name = '', prefix, ...rest] = key.split('/').reverse();
  return rest.length === 0 && name !== '' && VALUE.test(name) && (prefix === undefined || SUBDOMAIN.test(prefix));
}

function wrongKey(object: ManifestObject, key: string): Finding {
  const allowed = 'at most 63 letters, digits, "-", "_" and ".", perhaps led by a DNS name and "/"';
  return finding('identity', object, complaint('key of a label or annotation is not valid', key, allowed, 'rename it'));
}

function repetition(object: ManifestObject, objects: ObjectSet): Finding[] {
  if (objects.isFirst(object)) return [];
  const allowed = 'one object per group, kind, namespace and name';
  return [finding('identity', object, complaint('object occurs twice', object.name, allowed, 'remove one'))];
}
