import { randomInt } from 'node:crypto';
import type { Libc } from './libc';
import { MAP_FIXED_NOREPLACE, MAP_PRIVATE_ANONYMOUS, PROT_READ_WRITE } from './linux';

/** Memory outside JavaScript's, which stays where it is until it is given back. */
export interface Memory {
  readonly address: number;
  readonly size: number;
}

/** Integers below are values to V8; one above is an object on its heap for each call that is told of it. */
const END = 2 ** 31;
/** Below are the program and what grows behind it. */
const START = 2 ** 30;
/** The largest page that Linux has on the machines it runs on here. */
const PAGE = 2 ** 16;
const TRIES = 16;

/**
 * Zeroes at an address that costs no object to tell the kernel, and that nobody can guess; undefined where there is none.
 *
 * @param random an integer from 0 to below another. @default as hard to guess as a key
 */
export function mapLow(libc: Libc, size: number, random: (below: number) => number = randomInt): Memory | undefined {
  const flags = MAP_PRIVATE_ANONYMOUS | MAP_FIXED_NOREPLACE;
  const places = Math.floor((END - START - size) / PAGE);
  for (let i = 0; i < TRIES && places > 0; i++) {
    const wanted = START + random(places) * PAGE;
    const address = libc.mmap(wanted, size, PROT_READ_WRITE, flags, -1, 0);
    if (address === wanted && isVisible(libc, address, size)) return { address, size };
    // A kernel before 4.17 takes the address for a hint, and a JavaScript engine in a sandbox sees its own memory only.
    if (address > 0) libc.munmap(address, size);
  }
  return undefined;
}

function isVisible(libc: Libc, address: number, size: number): boolean {
  try {
    return libc.address(new Uint8Array(libc.view(address, size))) === address;
  } catch {
    return false;
  }
}

/** Gives it back. No view of it may be used any more, in whatever thread. */
export function unmap(libc: Libc, { address, size }: Memory): void {
  libc.munmap(address, size);
}
