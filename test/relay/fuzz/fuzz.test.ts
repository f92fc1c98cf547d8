import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../simulation/random';
import { mutate } from './mutate';
import { SEEDS } from './seeds';
import { Target } from './target';

const CRASHES = join(__dirname, 'crashes');

test('sessions as clients have them pass the target', () => {
  const target = new Target();
  for (const seed of SEEDS) target.run(seed);
});

test('inputs that once found a fault find none', () => {
  const names = existsSync(CRASHES) ? readdirSync(CRASHES) : [];
  for (const name of names) new Target().run(readFileSync(join(CRASHES, name)));
});

test('5,000 mutated inputs find no fault in the whole core', () => {
  const target = new Target();
  const dice = new Random(5);
  for (let i = 0; i < 5000; i++) target.run(mutate(dice.pick(SEEDS), SEEDS, dice));
});
