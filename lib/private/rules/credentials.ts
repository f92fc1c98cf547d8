import { Finding } from '../../validation/finding';
import { complaint } from '../errors';
import { finding, ManifestObject, ObjectSet } from '../object-set';

const INLINE = ['userName', 'password', 'sharedSecret'];

/** Credentials that would lie in Git. Their values are not repeated. */
export function credentialFindings(objects: ObjectSet): Finding[] {
  const told = (object: ManifestObject, field: string, fix: string) =>
    finding('credential', object, complaint('a credential is written out', field, 'a reference', fix));
  return [
    ...objects
      .of('', 'Secret')
      .flatMap(secret =>
        ['data', 'stringData']
          .filter(field => secret.manifest[field] !== undefined)
          .map(field => told(secret, field, 'use ExternalCredential or SealedCredential')),
      ),
    ...objects
      .of('stunner.l7mp.io', 'GatewayConfig')
      .flatMap(config =>
        INLINE.filter(field => config.spec?.[field] !== undefined).map(field => told(config, field, 'use authRef')),
      ),
  ];
}
