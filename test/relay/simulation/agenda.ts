interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** What is to happen, and when, in virtual milliseconds: a binary heap. Of what falls together, the older comes first. */
export class Agenda {
  private readonly heap: Entry[] = [];
  private count = 0;

  get isEmpty(): boolean {
    return this.heap.length === 0;
  }

  /** When the next entry is due. */
  get next(): number {
    return this.heap[0]?.at ?? Infinity;
  }

  add(at: number, run: () => void): void {
    const { heap } = this;
    const entry = { at, order: this.count++, run };
    let i = heap.push(entry) - 1;
    for (let parent = (i - 1) >> 1; i > 0 && before(entry, heap[parent]!); parent = (i - 1) >> 1) {
      heap[i] = heap[parent]!;
      i = parent;
    }
    heap[i] = entry;
  }

  /** Takes the next entry out and does it. */
  run(): void {
    const { heap } = this;
    const { run } = heap[0]!;
    const last = heap.pop()!;
    if (heap.length > 0) this.sink(last);
    run();
  }

  private sink(entry: Entry): void {
    const { heap } = this;
    let i = 0;
    for (let child = 1; child < heap.length; child = 2 * i + 1) {
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, entry)) break;
      heap[i] = heap[child]!;
      i = child;
    }
    heap[i] = entry;
  }
}

function before(left: Entry, right: Entry): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}
