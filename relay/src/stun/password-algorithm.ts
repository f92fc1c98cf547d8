import { Attribute } from './constants';
import type { KeyHash } from './integrity';
import type { MessageReader } from './message-reader';

/** By number, the hash that makes a key of a password (RFC 8489 18.5.1); the best first. */
const HASHES: ReadonlyMap<number, KeyHash> = new Map([
  [0x0002, 'sha256'],
  [0x0001, 'md5'],
]);

/** PASSWORD-ALGORITHMS (RFC 8489 14.11): number and length of parameters, which these algorithms do not have. */
export const PASSWORD_ALGORITHMS: Uint8Array = Uint8Array.from(
  [...HASHES.keys()].flatMap(n => [n >> 8, n & 0xff, 0, 0]),
);

/**
 * The hash that the client chose. Who names no algorithm means MD5; who names one must repeat the list too, or somebody
 * on the path has shortened it: undefined, and the answer is 400 (RFC 8489 9.2.4).
 */
export function chosenKeyHash(message: MessageReader): KeyHash | undefined {
  const list = message.find(Attribute.PasswordAlgorithms);
  const choice = message.find(Attribute.PasswordAlgorithm);
  if (list < 0 && choice < 0) return 'md5';
  if (list < 0 || choice < 0 || !isOurList(message, list) || message.valueLength(choice) !== 4) return undefined;
  // Number and length of parameters in one word.
  const word = message.uint32(Attribute.PasswordAlgorithm)!;
  return (word & 0xffff) === 0 ? HASHES.get(word >>> 16) : undefined;
}

function isOurList(message: MessageReader, index: number): boolean {
  const start = message.valueOffset(index);
  return (
    message.valueLength(index) === PASSWORD_ALGORITHMS.length &&
    PASSWORD_ALGORITHMS.every((byte, i) => byte === message.bytes[start + i])
  );
}
