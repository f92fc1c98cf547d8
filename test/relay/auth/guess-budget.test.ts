import { GuessBudget } from '../../../relay/src/auth/guess-budget';

const NOW = 1_800_000_000;

/** How many guesses there are at this second. */
function drain(budget: GuessBudget, now: number): number {
  let taken = 0;
  while (budget.take(now)) taken++;
  return taken;
}

describe('GuessBudget', () => {
  test('is full at the start, and fills by so many a second up to one second', () => {
    const budget = new GuessBudget(100);
    expect(drain(budget, NOW)).toBe(100);
    expect(drain(budget, NOW)).toBe(0);
    expect(drain(budget, NOW + 1)).toBe(100);
    expect(drain(budget, NOW + 60)).toBe(100);
  });

  test('what is given back is there again, but never more than fits', () => {
    const budget = new GuessBudget(100);
    drain(budget, NOW);
    budget.giveBack(30);
    expect(drain(budget, NOW)).toBe(30);
    budget.giveBack(1000);
    expect(drain(budget, NOW)).toBe(100);
  });

  test('a clock that goes back fills nothing, and goes on filling from there', () => {
    const budget = new GuessBudget(100);
    drain(budget, NOW);
    expect(drain(budget, NOW - 3600)).toBe(0);
    expect(drain(budget, NOW - 3599)).toBe(100);
  });
});
