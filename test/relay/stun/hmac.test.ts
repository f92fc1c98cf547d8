import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { hmac, HMAC_BLOCK, type HmacHash } from '../../../relay/src/stun/hmac';

const EDGES = [0, 63, 64, 65, 128].map((length): [HmacHash, Uint8Array, Uint8Array] => [
  'sha256',
  new Uint8Array(length).fill(7),
  new Uint8Array(3),
]);

test('is the HMAC that Node makes, of texts and keys of any length (RFC 2104)', () => {
  const bytes = (maxLength: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength });
  fc.assert(
    fc.property(fc.constantFrom<HmacHash>('sha1', 'sha256'), bytes(130), bytes(2000), (hash, key, text) => {
      const padded = Buffer.concat([Buffer.alloc(HMAC_BLOCK, 0xff), text, Buffer.from('not of it')]);
      expect(hmac(hash, key, padded, HMAC_BLOCK + text.length)).toEqual(createHmac(hash, key).update(text).digest());
    }),
    { examples: EDGES },
  );
});
