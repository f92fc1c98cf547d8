import { BatchSizes, MAX_BATCH } from '../../../relay/src/io/mmsg-batch-sizes';

const FD = 7;

/** What a socket is asked for in each round, and what it then has: undefined where it has nothing. */
function asked(sizes: BatchSizes, rounds: readonly (number | undefined)[]): number[] {
  return rounds.map(received => {
    sizes.nextRound();
    const size = sizes.of(FD);
    if (received !== undefined) sizes.learn(FD, Math.min(received, size));
    return size;
  });
}

describe('how many datagrams a relay socket is asked for', () => {
  test.each<[string, readonly (number | undefined)[], readonly number[]]>([
    ['one at first', [1], [1]],
    ['one while it has some now and then', [1, undefined, 1, undefined, 1], [1, 1, 1, 1, 1]],
    ['many once it has had some in two rounds in a row', [1, 1, 5], [1, 1, MAX_BATCH]],
    ['many until it has one only', [1, 1, 2, 1, undefined, 1], [1, 1, MAX_BATCH, MAX_BATCH, 1, 1]],
    ['many again in the round after one that brought one only', [1, 1, 1, 1, 3], [1, 1, MAX_BATCH, 1, MAX_BATCH]],
  ])('%s', (_, rounds, expected) => {
    const sizes = new BatchSizes();
    sizes.add(FD);
    expect(asked(sizes, rounds)).toEqual(expected);
  });

  test('a socket that gets the number of one that is closed begins anew', () => {
    const sizes = new BatchSizes();
    sizes.add(FD);
    asked(sizes, [1, 1]);
    expect(sizes.of(FD)).toBe(MAX_BATCH);
    sizes.add(FD);
    expect(sizes.of(FD)).toBe(1);
  });

  test('there is room for every descriptor, and what is known of others stays', () => {
    const sizes = new BatchSizes();
    sizes.add(FD);
    asked(sizes, [1, 1]);
    sizes.add(70_000);
    expect([sizes.of(FD), sizes.of(70_000)]).toEqual([MAX_BATCH, 1]);
  });
});
