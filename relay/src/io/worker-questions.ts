import { handlesOf, type SiblingAnswer, type SiblingQuestion } from '../turn/siblings/sibling-sink';
import type { QuestionId, ToWorker } from './worker-messages';

interface Asked {
  readonly of: QuestionId;
  /** Workers that have not answered yet. */
  readonly waiting: Set<number>;
}

/** What the pool does for its workers' questions. */
export interface QuestionEvents {
  /** Numbers of the workers that run. */
  running(): Iterable<number>;
  post(worker: number, message: ToWorker): void;
  /** A worker is given something: it is not empty. */
  gives(worker: number): void;
  /** Closes what was given to a worker that has ended. */
  discard(worker: number, handles: readonly number[]): void;
}

/**
 * Hands the questions of workers to all others: the first that has something answers for all, and if none has, that is
 * the answer. A worker that ends has nothing.
 */
export class WorkerQuestions {
  private readonly asked = new Map<string, Asked>();
  private readonly gifts = new Map<number, number>();

  constructor(private readonly events: QuestionEvents) {}

  get size(): number {
    return this.asked.size;
  }

  question(of: QuestionId, question: SiblingQuestion): void {
    const waiting = new Set(this.events.running());
    waiting.delete(of.asker);
    this.asked.set(keyOf(of), { of, waiting });
    for (const worker of waiting) this.events.post(worker, { kind: 'question', of, question });
    this.settleIfNobodysHas(of);
  }

  answer(from: number, of: QuestionId, answer: SiblingAnswer): void {
    const asked = this.asked.get(keyOf(of));
    if (asked === undefined) return this.events.discard(of.asker, handlesOf(answer));
    asked.waiting.delete(from);
    if (answer.kind === 'none') return this.settleIfNobodysHas(of);
    this.asked.delete(keyOf(of));
    if (handlesOf(answer).length > 0) {
      this.gifts.set(of.asker, this.giftsTo(of.asker) + 1);
      this.events.gives(of.asker);
    }
    this.events.post(of.asker, { kind: 'answer', of, answer });
  }

  /** How often a worker that runs was given something. */
  giftsTo(worker: number): number {
    return this.gifts.get(worker) ?? 0;
  }

  ended(worker: number): void {
    this.gifts.delete(worker);
    for (const [key, { of, waiting }] of [...this.asked]) {
      waiting.delete(worker);
      if (of.asker === worker) this.asked.delete(key);
      else this.settleIfNobodysHas(of);
    }
  }

  private settleIfNobodysHas(of: QuestionId): void {
    if (this.asked.get(keyOf(of))?.waiting.size !== 0) return;
    this.asked.delete(keyOf(of));
    this.events.post(of.asker, { kind: 'answer', of, answer: { kind: 'none' } });
  }
}

function keyOf({ asker, id }: QuestionId): string {
  return `${asker}:${id}`;
}
