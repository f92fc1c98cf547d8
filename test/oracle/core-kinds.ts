import { globSync, readFileSync } from 'node:fs';
import { compile, newAjv, type SchemaCheck } from './schema-validator';
import type { JsonObject } from './structural-schema';

interface Definition {
  readonly properties?: JsonObject;
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

/** The kinds that Kubernetes itself serves, from the OpenAPI definitions of the upstream collection. */
export class CoreKinds {
  /** Undefined where UPSTREAM_CRDS is not set or holds no definitions. */
  static load(): CoreKinds | undefined {
    const upstreamDir = process.env.UPSTREAM_CRDS;
    const file = upstreamDir && globSync(`${upstreamDir}/kubernetes/*/_definitions.json`).sort().at(-1);
    if (!file) return undefined;
    return new CoreKinds(JSON.parse(readFileSync(file, 'utf8')) as { definitions: Record<string, Definition> });
  }

  private readonly ajv = newAjv();
  private readonly names = new Map<string, string>();
  private readonly groups = new Set<string>();
  private readonly checks = new Map<string, SchemaCheck>();

  private constructor({ definitions }: { definitions: Record<string, Definition> }) {
    for (const [name, { 'x-kubernetes-group-version-kind': kinds = [] }] of Object.entries(definitions)) {
      for (const { group, version, kind } of kinds) {
        this.groups.add(group);
        this.names.set(`${group}/${version}/${kind}`, name);
      }
    }
    this.ajv.addSchema({ $id: 'core', definitions: mapValues(definitions, closed) });
  }

  /** The check of a kind; undefined where the group is not of Kubernetes itself, or has no such kind. */
  find(group: string, version: string, kind: string): SchemaCheck | undefined {
    const name = this.names.get(`${group}/${version}/${kind}`);
    if (name === undefined) return undefined;
    let check = this.checks.get(name);
    if (check === undefined) {
      this.checks.set(name, (check = compile(this.ajv, { $ref: `core#/definitions/${name}` })));
    }
    return check;
  }

  hasGroup(group: string): boolean {
    return this.groups.has(group);
  }
}

/** A field that the definition does not name is an error, as in {@link toJsonSchema}. */
function closed(definition: Definition): object {
  return definition.properties ? { ...definition, additionalProperties: false } : definition;
}

function mapValues<T>(record: Record<string, T>, map: (value: T) => object): JsonObject {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
