import { decodeBase64 } from './base64';
import type { KubeObject } from './objects';
import type { Resolution } from './resolution';

/**
 * Text of the first of the keys that a Secret has, undefined if it has none. `stringData` wins over `data`, as it does
 * when the API server merges the two.
 */
export function secretText(resolution: Resolution, secret: KubeObject, ...keys: readonly string[]): string | undefined {
  const fields = resolution.fields(secret);
  for (const key of keys) {
    const plain = fields.get('stringData').get(key);
    if (!plain.isAbsent) return plain.string();
    const encoded = fields.get('data').get(key);
    if (encoded.isAbsent) continue;
    const text = encoded.string();
    if (text === undefined) return undefined;
    const decoded = decodeBase64(text);
    if (decoded === undefined) encoded.tell('not base64 of UTF-8 text: base64; plain text belongs in stringData');
    return decoded;
  }
  return undefined;
}
