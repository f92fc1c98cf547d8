import { isObject, type StructuralSchema, walk } from './structural-schema';

/** Items that `x-kubernetes-list-type: set` or `map` forbids because an earlier item is equal or has the same keys. */
export function duplicateItems(object: unknown, schema: StructuralSchema): string[] {
  const errors: string[] = [];
  walk(object, schema, (value, { 'x-kubernetes-list-type': type, ...rest }, path) => {
    if (!Array.isArray(value) || (type !== 'set' && type !== 'map')) return;
    const mapKeys = type === 'map' ? rest['x-kubernetes-list-map-keys'] : undefined;
    const seen = new Set<string>();
    value.forEach((item: unknown, index) => {
      const identity = canonical(mapKeys && isObject(item) ? mapKeys.map(key => item[key] ?? null) : item);
      if (seen.has(identity)) errors.push(`${path}[${index}]: duplicate of an earlier item (got ${identity})`);
      seen.add(identity);
    });
  });
  return errors;
}

/** JSON with sorted keys: equal text for equal values. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) =>
    isObject(field) ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1))) : field,
  );
}
