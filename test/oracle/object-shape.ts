import { isObject, type JsonObject, show } from './structural-schema';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const DNS_LABEL = new RegExp(`^(?=.{1,63}$)${LABEL}$`);
const DNS_1035_LABEL = /^(?=.{1,63}$)[a-z]([-a-z0-9]*[a-z0-9])?$/;
const DNS_SUBDOMAIN = new RegExp(`^(?=.{1,253}$)${LABEL}(\\.${LABEL})*$`);
const QUALIFIED_NAME = /^(?=.{1,63}$)[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/;
const LABEL_VALUE = /^(?=.{0,63}$)([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/;
const API_VERSION = new RegExp(`^(${LABEL}(\\.${LABEL})*/)?v[1-9][0-9]*((alpha|beta)[1-9][0-9]*)?$`);
const KIND = /^[A-Z][A-Za-z0-9]{0,62}$/;
const MAX_ANNOTATIONS_BYTES = 256 * 1024;

/** What a manifest may say in `metadata`; the rest belongs to the API server. */
const METADATA_FIELDS = new Set(['name', 'namespace', 'labels', 'annotations', 'finalizers', 'ownerReferences']);

/** Kinds whose names follow another rule than RFC 1123 subdomain. */
function nameRule(apiVersion: string, kind: string): RegExp {
  if (apiVersion.startsWith('rbac.authorization.k8s.io/')) return /^(?!\.{1,2}$)[^/%]{1,253}$/;
  if (apiVersion === 'v1' && kind === 'Service') return DNS_1035_LABEL;
  if (apiVersion === 'v1' && kind === 'Namespace') return DNS_LABEL;
  return DNS_SUBDOMAIN;
}

/** What every object must be, whatever its kind: apiVersion, kind and an ObjectMeta the API server accepts. */
export function shapeErrors(object: JsonObject): string[] {
  const { apiVersion, kind, metadata } = object;
  const errors: string[] = [];
  if (typeof apiVersion !== 'string' || !API_VERSION.test(apiVersion)) errors.push(bad('apiVersion', apiVersion));
  if (typeof kind !== 'string' || !KIND.test(kind)) errors.push(bad('kind', kind));
  if (!isObject(metadata)) return [...errors, bad('metadata', metadata)];

  const { name, namespace } = metadata;
  if (typeof name !== 'string' || !nameRule(String(apiVersion), String(kind)).test(name)) {
    errors.push(bad('metadata.name', name));
  }
  if (namespace !== undefined && (typeof namespace !== 'string' || !DNS_LABEL.test(namespace))) {
    errors.push(bad('metadata.namespace', namespace));
  }
  for (const field of Object.keys(metadata)) {
    if (!METADATA_FIELDS.has(field)) errors.push(`metadata.${field}: unknown field`);
  }
  return [...errors, ...mapErrors(metadata, 'labels', LABEL_VALUE), ...mapErrors(metadata, 'annotations', /^/)];
}

function mapErrors(metadata: JsonObject, field: 'labels' | 'annotations', valueRule: RegExp): string[] {
  const map = metadata[field];
  if (map === undefined) return [];
  if (!isObject(map)) return [bad(`metadata.${field}`, map)];
  const errors: string[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(map)) {
    if (!isQualifiedKey(key)) errors.push(bad(`key of metadata.${field}`, key));
    if (typeof value !== 'string' || !valueRule.test(value)) errors.push(bad(`metadata.${field}[${key}]`, value));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(String(value));
  }
  if (field === 'annotations' && bytes > MAX_ANNOTATIONS_BYTES) errors.push(bad('size of metadata.annotations', bytes));
  return errors;
}

/** `[prefix/]name`; the prefix is a DNS subdomain. */
function isQualifiedKey(key: string): boolean {
  const slash = key.indexOf('/');
  const prefix = slash < 0 ? undefined : key.slice(0, slash).toLowerCase();
  return (prefix === undefined || DNS_SUBDOMAIN.test(prefix)) && QUALIFIED_NAME.test(key.slice(slash + 1));
}

function bad(what: string, value: unknown): string {
  return `${what}: invalid (got ${show(value)})`;
}
