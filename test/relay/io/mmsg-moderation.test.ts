import { Arena } from '../../../relay/src/io/ffi/arena';
import { loadLibc, type Libc } from '../../../relay/src/io/ffi/libc';
import { Moderation } from '../../../relay/src/io/mmsg-moderation';

const libc = loadLibc();

/** The C library, and how often it was asked to sleep. */
function counting(sleep: Libc['nanosleep'] = (time, remaining) => libc.nanosleep(time, remaining)): {
  libc: Libc;
  pauses: () => number;
} {
  let count = 0;
  const nanosleep: Libc['nanosleep'] = (time, remaining) => {
    count++;
    return sleep(time, remaining);
  };
  return { libc: { ...libc, nanosleep }, pauses: () => count };
}

/** So many rounds of so many datagrams, `perMillisecond` of them in each. @returns how often there was a pause */
function rounds(
  moderation: Moderation,
  pauses: () => number,
  start: number,
  count: number,
  each: number,
  perMillisecond: number,
) {
  const before = pauses();
  for (let round = 0; round < count; round++) {
    moderation.pause();
    moderation.learn(each, start + Math.floor((round * (each || 1)) / perMillisecond));
  }
  return pauses() - before;
}

function moderated(microseconds: number) {
  const { libc: counted, pauses } = counting();
  const moderation = new Moderation(counted, new Arena(counted, Moderation.space), microseconds);
  let now = 0;
  return (count: number, each: number, perMillisecond: number) => {
    const start = now;
    now += Math.ceil((count * (each || 1)) / perMillisecond);
    return rounds(moderation, pauses, start, count, each, perMillisecond);
  };
}

test('datagrams gather while they come thick and fast', () => {
  const pauses = moderated(50)(1000, 1, 50);
  expect(pauses).toBeGreaterThan(900);
  expect(pauses).toBeLessThanOrEqual(1000);
});

test.each([
  ['few come', 50, 1, 15],
  ['as many wait as a round should have', 50, 32, 200],
  ['nothing comes', 50, 0, 50],
  ['it is switched off', 0, 1, 50],
])('none waits where %s', (_, microseconds, each, perMillisecond) => {
  expect(moderated(microseconds)(1000, each, perMillisecond)).toBe(0);
});

test('none waits any more once the rush is over', () => {
  const run = moderated(50);
  expect(run(1000, 1, 50)).toBeGreaterThan(0);
  // The first millisecond is not over yet when the first of them comes.
  expect(run(1000, 1, 1)).toBeLessThanOrEqual(3);
});

test('a pause is as long as it should be', () => {
  const moderation = new Moderation(libc, new Arena(libc, Moderation.space), 20_000);
  for (let i = 0; i < 100; i++) moderation.learn(1, i / 50);
  const start = performance.now();
  moderation.pause();
  expect(performance.now() - start).toBeGreaterThanOrEqual(20);
});

test('timers are asked how fine they are', () => {
  const arena = new Arena(libc, Moderation.space);
  expect(new Moderation(libc, arena, 1000).isPrecise()).toBe(true);
  const coarse = counting(() => {
    const end = performance.now() + 4;
    while (performance.now() < end);
    return 0;
  });
  expect(new Moderation(coarse.libc, new Arena(libc, Moderation.space), 50).isPrecise()).toBe(false);
});
