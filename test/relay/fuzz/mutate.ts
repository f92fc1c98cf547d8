import { Attribute } from '../../../relay/src/stun/constants';
import type { Random } from '../simulation/random';

const MAX_INPUT = 2048;
const NUMBERS = [0, 1, 3, 4, 7, 8, 16, 20, 0x3f, 0x40, 0x7f, 0x80, 0xfe, 0xff];
const WORDS = [...Object.values(Attribute), 0, 4, 8, 20, 0x4000, 0x4fff, 0x5000, 0x7fff, 0x8000, 0xfffc, 0xffff];

/** One input made from another, by a few small changes. */
export function mutate(input: Uint8Array, corpus: readonly Uint8Array[], dice: Random): Uint8Array {
  let bytes = Uint8Array.from(input);
  for (let i = dice.between(1, 6); i > 0; i--) bytes = once(bytes, corpus, dice);
  return bytes.subarray(0, MAX_INPUT);
}

function once(bytes: Uint8Array<ArrayBuffer>, corpus: readonly Uint8Array[], dice: Random): Uint8Array<ArrayBuffer> {
  const at = dice.below(bytes.length + 1);
  switch (dice.below(8)) {
    case 0:
      if (at < bytes.length) bytes[at]! ^= 1 << dice.below(8);
      return bytes;
    case 1:
      if (at < bytes.length) bytes[at] = dice.pick(NUMBERS);
      return bytes;
    case 2:
    case 3:
      if (at + 1 < bytes.length) new DataView(bytes.buffer).setUint16(at, dice.pick(WORDS));
      return bytes;
    case 4:
      return joined(bytes.subarray(0, at), bytes.subarray(Math.min(at + dice.between(1, 16), bytes.length)));
    case 5:
      return joined(bytes.subarray(0, at), dice.bytes(dice.pick([1, 2, 4, 8, 64])), bytes.subarray(at));
    case 6:
      return joined(bytes, dice.pick(corpus));
    default: {
      const other = dice.pick(corpus);
      return joined(bytes.subarray(0, at), other.subarray(dice.below(other.length)));
    }
  }
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.concat(parts));
}
