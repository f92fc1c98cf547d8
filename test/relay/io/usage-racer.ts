import { parentPort, workerData } from 'node:worker_threads';
import { SharedUsage, type UsageMemory } from '../../../relay/src/io/shared-usage';
import { DEFAULT_LIMITS } from '../../../relay/src/turn/limits';
import { Usage } from '../../../relay/src/turn/usage';

interface Race {
  readonly memory: UsageMemory;
  readonly thread: number;
  readonly limit: number;
  /** What all threads hold at the moment. */
  readonly held: SharedArrayBuffer;
  readonly milliseconds: number;
}

// A thread that takes and gives back allocations of one user as fast as it can, beside others of which nobody else has any.
const { memory, thread, limit, held, milliseconds } = workerData as Race;
const usage = new Usage(new SharedUsage(memory, thread));
const limits = { ...DEFAULT_LIMITS, allocationsPerStaticUser: limit };
const alice = { identity: { userId: 'alice', scope: { kind: 'gateway' } }, source: '1' } as const;
const total = new Int32Array(held);

const others = new Set<string>();
let [mine, most, times] = [0, 0, 0];
const until = Date.now() + milliseconds;
for (let i = 0; Date.now() < until; i++) {
  const userId = `${thread}-${i % 50}`;
  const other = { ...alice, identity: { ...alice.identity, userId } };
  if (others.delete(userId)) {
    usage.release(other);
  } else if (i % 5 !== 0) {
    others.add(userId);
    usage.charge(other);
  }
  if (usage.exceeded(alice, limits) === undefined) {
    usage.charge(alice);
    most = Math.max(most, Atomics.add(total, 0, 1) + 1);
    mine++;
    times++;
  }
  if (mine > 0 && i % 3 !== 0) {
    // Given back before it is uncounted: the count is never below what is held.
    Atomics.sub(total, 0, 1);
    usage.release(alice);
    mine--;
  }
}
parentPort!.postMessage({ most, times });
