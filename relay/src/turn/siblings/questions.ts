import type { AllocationStore } from '../allocation-store';
import { Deadline } from '../deadline';
import { TokenBucket } from '../token-bucket';
import type { SiblingAnswer, SiblingQuestion, SiblingSink } from './sibling-sink';

/** Questions that wait for their answers at the same time. An answer takes less than a millisecond, mostly. */
const MAX_OPEN = 256;
/** Questions in a second, and at once: each costs every thread a little, and whoever has a credential can cause them. */
const PER_SECOND = 2000;
/** How long an answer may take. */
const PATIENCE_MS = 3000;

/** @param answer undefined: there was none in time. */
type Answered = (answer: SiblingAnswer | undefined, now: number) => void;

interface Open {
  readonly deadline: Deadline;
  readonly answered: Answered;
}

/** Questions to siblings that are not answered yet. */
export class Questions {
  private readonly open = new Map<number, Open>();
  private readonly rate: TokenBucket;
  private lastId = 0;

  constructor(
    private readonly store: AllocationStore,
    private readonly sink: SiblingSink,
    now: number,
  ) {
    this.rate = new TokenBucket(PER_SECOND, PER_SECOND, now);
  }

  /** Whether one more may be asked now: then it is to be. */
  admit(now: number): boolean {
    return this.open.size < MAX_OPEN && this.rate.take(1, now);
  }

  /** To be asked only where it is admitted. */
  ask(question: SiblingQuestion, now: number, answered: Answered): void {
    const id = ++this.lastId;
    const deadline = new Deadline(now + PATIENCE_MS, at => this.settle(id, undefined, at));
    this.open.set(id, { deadline, answered });
    this.store.start(deadline);
    this.sink.ask(id, question);
  }

  /** False if nobody waits for it any more. */
  settle(id: number, answer: SiblingAnswer | undefined, now: number): boolean {
    const open = this.open.get(id);
    if (open === undefined) return false;
    this.open.delete(id);
    this.store.cancel(open.deadline);
    open.answered(answer, now);
    return true;
  }
}
