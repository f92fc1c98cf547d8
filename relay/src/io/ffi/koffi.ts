import { createRequire } from 'node:module';

export type Koffi = typeof import('koffi');

/** The foreign function interface, which is a native module: loaded while running, so that its lack is no crash. */
export function loadKoffi(): Koffi {
  return createRequire(__filename)('koffi') as Koffi;
}
