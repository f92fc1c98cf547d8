import * as gatewayApi from '../../../imports/crds/gateway.networking.k8s.io.json';
import * as stunner from '../../../imports/crds/stunner.l7mp.io.json';
import { Finding } from '../../validation/finding';
import { finding, ObjectSet } from '../object-set';
import { Schema, schemaErrors } from '../structural-schema';

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

const CRDS = [...gatewayApi.items, ...stunner.items] as unknown as readonly Crd[];

/** `<group>/<version>/<kind>` to the schema of its CRD. */
const SCHEMAS: ReadonlyMap<string, Schema> = new Map(
  CRDS.flatMap(({ spec }) =>
    spec.versions.map(({ name, schema }) => [`${spec.group}/${name}/${spec.names.kind}`, schema.openAPIV3Schema]),
  ),
);

/** Fields that a kind of STUNner or Gateway API does not have, lacks, or has otherwise. */
export function schemaFindings(objects: ObjectSet): Finding[] {
  return objects.all.flatMap(object => {
    const schema = SCHEMAS.get(`${object.apiVersion ?? ''}/${object.kind ?? ''}`);
    const spec = schema?.properties?.spec;
    if (spec === undefined) return [];
    if (object.spec === undefined && !schema?.required?.includes('spec')) return [];
    return schemaErrors(object.spec, spec, 'spec').map(error => finding('schema', object, error));
  });
}
