import { Finding } from '../../validation/finding';
import { CRDS } from '../crds';
import { finding, ObjectSet } from '../object-set';
import { Schema, schemaErrors } from '../structural-schema';

/** `<group>/<version>/<kind>` to the schema of its CRD. */
const SCHEMAS: ReadonlyMap<string, Schema> = new Map(
  CRDS.flatMap(({ spec }) =>
    spec.versions.map(({ name, schema }) => [`${spec.group}/${name}/${spec.names.kind}`, schema.openAPIV3Schema]),
  ),
);

/** Fields that a kind of STUNner or Gateway API does not have, lacks, or has otherwise. */
export function schemaFindings(objects: ObjectSet): Finding[] {
  return objects.all.flatMap(object => {
    const schema = SCHEMAS.get(`${object.apiVersion}/${object.kind}`);
    const spec = schema?.properties?.spec;
    if (spec === undefined) return [];
    const given = object.manifest.spec;
    if (given === undefined && !schema?.required?.includes('spec')) return [];
    return schemaErrors(given, spec, 'spec').map(error => finding('schema', object, error));
  });
}
