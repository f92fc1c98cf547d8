import { loadLibc, type Libc } from './ffi/libc';
import { selfTest } from './mmsg-self-test';

/** What batched datagrams need, tried out on this host; or why there are none. */
export type MmsgSupport =
  { readonly libc: Libc; readonly segmentation: boolean } | { readonly libc?: undefined; readonly reason: string };

let support: MmsgSupport | undefined;

/** Tried once in each thread. */
export function mmsgSupport(): MmsgSupport {
  support ??= tryOut();
  return support;
}

function tryOut(): MmsgSupport {
  try {
    const libc = loadLibc();
    return { libc, ...selfTest(libc) };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}
