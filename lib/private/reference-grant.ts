import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import {
  ReferenceGrant,
  ReferenceGrantSpecTo,
  toJson_ReferenceGrantSpec,
} from '../../imports/gateway.networking.k8s.io';
import { apiObject } from './api-object';

/** Who refers across namespaces, and to what. */
export interface CrossReference {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly toNamespace: string;
  readonly to: () => ReferenceGrantSpecTo[];
}

/**
 * Lets objects of one namespace refer to named objects of another. Emitted as v1beta1: v1 exists only since Gateway API
 * 1.5, and v1beta1 is served by every release so far.
 */
export function referenceGrant(scope: Construct, id: string, reference: CrossReference): ApiObject {
  const { group, kind, namespace, name, toNamespace, to } = reference;
  return apiObject(scope, id, ReferenceGrant.GVK, {
    name: `${namespace}.${name}`,
    namespace: toNamespace,
    spec: () => toJson_ReferenceGrantSpec({ from: [{ group, kind, namespace }], to: to() }),
  });
}
