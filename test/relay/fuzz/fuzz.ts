import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Random } from '../simulation/random';
import { Coverage } from './coverage';
import { mutate } from './mutate';
import { SEEDS } from './seeds';
import { Target } from './target';

/** Inputs between two looks at the coverage, which costs some milliseconds. */
const BATCH = 512;
const CRASHES = join(__dirname, 'crashes');

/**
 * Feeds mutated inputs to the whole core; those that reach new code are mutated further. An input that finds a fault is
 * kept in `crashes/`, where the tests run it for ever after.
 */
function main(): void {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '20' },
      executions: { type: 'string', default: 'Infinity' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    },
  });
  const deadline = performance.now() + Number(values.seconds) * 1000;
  const executions = Number(values.executions);
  const dice = new Random(Number(values.seed));
  const coverage = new Coverage();
  const corpus = [...SEEDS];
  const target = new Target();
  for (const seed of SEEDS) attempt(target, seed);
  coverage.take();

  const start = performance.now();
  let done = 0;
  while (done < executions && performance.now() < deadline) {
    const batch: Uint8Array[] = [];
    for (let i = 0; i < BATCH; i++) {
      const input = mutate(dice.pick(corpus), corpus, dice);
      attempt(target, input);
      batch.push(input);
    }
    done += BATCH;
    // Which input it was matters little: the smallest of the batch that reach it again are found by mutation.
    if (coverage.take() > 0) corpus.push(...batch.filter(() => dice.chance(0.05)));
    if (done % (BATCH * 2000) === 0) report();
  }
  report();

  function report(): void {
    const rate = Math.round(done / ((performance.now() - start) / 1000));
    console.log(
      `${done} executions, ${rate}/s, ${coverage.blocks} blocks, corpus ${corpus.length}, seed ${values.seed}`,
    );
  }
}

function attempt(target: Target, input: Uint8Array): void {
  try {
    target.run(input);
  } catch (error) {
    mkdirSync(CRASHES, { recursive: true });
    const path = join(CRASHES, `${createHash('sha256').update(input).digest('hex').slice(0, 16)}.bin`);
    writeFileSync(path, input);
    console.error(`fault kept in ${path}`);
    throw error;
  }
}

main();
