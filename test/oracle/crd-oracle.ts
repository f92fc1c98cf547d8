import { brokenRules } from './cel-rules';
import { CoreKinds } from './core-kinds';
import { CrdCatalog, type CustomKind } from './crd-catalog';
import { toJsonSchema } from './json-schema';
import { duplicateItems } from './list-keys';
import { shapeErrors } from './object-shape';
import { compile, newAjv, type SchemaCheck } from './schema-validator';
import { isObject, type JsonObject, show, type StructuralSchema, withDefaults } from './structural-schema';

/**
 * Says what the API server would say to a manifest, from the published schemas alone and without any code of the
 * library: structural schema, defaults, list keys and CEL rules. It is stricter in two points: unknown fields and null
 * are errors, not pruned.
 */
export class CrdOracle {
  /** Knows the groups pinned in `imports/` and, if UPSTREAM_CRDS is set, every group of that collection. */
  static load(): CrdOracle {
    return new CrdOracle(CrdCatalog.load(), CoreKinds.load());
  }

  private readonly ajv = newAjv();
  private readonly checks = new Map<StructuralSchema, SchemaCheck>();

  constructor(
    private readonly custom: CrdCatalog,
    private readonly core?: CoreKinds,
  ) {}

  /**
   * What is wrong with the object; empty if it is accepted. Where the group's schemas are not at hand, only the shape
   * that all objects share is checked.
   */
  check(object: unknown): string[] {
    if (!isObject(object)) return [`not an object (got ${show(object)})`];
    const [version = '', group = ''] = String(object.apiVersion).split('/').reverse();
    return [...shapeErrors(object), ...this.kindErrors(object, group, version)];
  }

  /** Whether the schemas of a group are at hand. */
  knows(group: string): boolean {
    return this.custom.group(group) !== undefined || this.core?.hasGroup(group) === true;
  }

  private kindErrors(object: JsonObject, group: string, version: string): string[] {
    if (!this.knows(group)) return [];
    const coreCheck = this.core?.find(group, version, String(object.kind));
    if (coreCheck) return coreCheck(object);
    // Of a kind that the collection holds in several releases, the last folder is the newest.
    const kind =
      this.custom.group(group)?.findLast(known => known.kind === object.kind && known.version === version) ??
      this.custom.notPinned(group, String(object.kind), version);
    if (kind === 'unknown') return [];
    if (kind === undefined) return [`no such kind (got ${group}/${version} ${show(object.kind)})`];
    return [...scopeErrors(object, kind), ...this.schemaErrors(object, kind.schema)];
  }

  private schemaErrors(object: JsonObject, schema: StructuralSchema): string[] {
    const stored = withDefaults(object, schema) as JsonObject;
    const invalid = [...this.schemaCheck(schema)(stored), ...duplicateItems(stored, schema)];
    // A rule may rely on the structure, so the API server evaluates rules only where that is right.
    return invalid.length > 0 ? invalid : brokenRules(stored, schema);
  }

  private schemaCheck(schema: StructuralSchema): SchemaCheck {
    let check = this.checks.get(schema);
    if (check === undefined) this.checks.set(schema, (check = compile(this.ajv, rootSchema(schema))));
    return check;
  }
}

/** A CRD need not declare what every object has, and of metadata it can only narrow the fields. */
function rootSchema(schema: StructuralSchema): JsonObject {
  const metadata = { ...schema.properties?.metadata, type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const properties = { ...schema.properties, apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata };
  return toJsonSchema({ ...schema, type: 'object', properties });
}

function scopeErrors(object: JsonObject, kind: CustomKind): string[] {
  const { namespace } = isObject(object.metadata) ? object.metadata : {};
  return kind.scope === 'Cluster' && namespace !== undefined
    ? [`metadata.namespace: ${kind.kind} is cluster-scoped (got ${show(namespace)})`]
    : [];
}
