import { performance } from 'node:perf_hooks';

/** Whole milliseconds that never go back, since some moment before. Wall-clock steps do not end allocations. */
export type Clock = () => number;

export const monotonicMs: Clock = () => Math.floor(performance.now());
