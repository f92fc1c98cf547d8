import type { Expirable } from './timer-wheel';

/** Something that happens unless it is cancelled before. */
export class Deadline implements Expirable {
  timerSlot = -1;

  constructor(
    readonly expiresAt: number,
    readonly over: (now: number) => void,
  ) {}
}
