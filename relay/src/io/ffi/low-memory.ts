import type { Libc } from './libc';
import { MAP_PRIVATE_ANONYMOUS, MAP_FIXED_NOREPLACE, PROT_READ_WRITE } from './linux';

/** Memory outside JavaScript's, which stays where it is until it is given back. */
export interface Memory {
  readonly address: number;
  readonly size: number;
}

/** Integers below are values to V8; one above is an object on its heap for each call that is told of it. */
const END = 2 ** 31;
/** Below are the program and what grows behind it. */
const START = 2 ** 30;
const STEP = 2 ** 24;

/** Zeroes at an address that costs no object to tell the kernel; undefined where there is no room for so many bytes. */
export function mapLow(libc: Libc, size: number): Memory | undefined {
  const flags = MAP_PRIVATE_ANONYMOUS | MAP_FIXED_NOREPLACE;
  for (let wanted = END - Math.ceil(size / STEP) * STEP; wanted >= START; wanted -= STEP) {
    const address = libc.mmap(wanted, size, PROT_READ_WRITE, flags, -1, 0);
    if (address === wanted) return { address, size };
    // A kernel before 4.17 takes the address for a hint.
    if (address > 0) libc.munmap(address, size);
  }
  return undefined;
}

/** Gives it back. No view of it may be used any more, in whatever thread. */
export function unmap(libc: Libc, { address, size }: Memory): void {
  libc.munmap(address, size);
}
