import { performance } from 'node:perf_hooks';
import { Arena } from '../../../relay/src/io/ffi/arena';
import { loadLibc, type Libc } from '../../../relay/src/io/ffi/libc';
import { TIMESPEC } from '../../../relay/src/io/ffi/linux';
import { Moderation } from '../../../relay/src/io/mmsg-moderation';

const libc = loadLibc();

/** Moderation whose pauses are noted, in microseconds, and take no time. */
function moderated(microseconds: number) {
  const pauses: number[] = [];
  const arena = new Arena(libc, Moderation.space);
  const nanosleep: Libc['nanosleep'] = time => {
    pauses.push(arena.view.getUint32(time - arena.base + TIMESPEC.nanoseconds, true) / 1000);
    return 0;
  };
  return { moderation: new Moderation({ ...libc, nanosleep }, arena, microseconds), pauses };
}

/** So many looks that found `each` datagrams, `perMillisecond` of them in a millisecond. `work` is done after each. */
function looks(
  { moderation, pauses }: ReturnType<typeof moderated>,
  options: { count: number; each: number; perMillisecond: number; start?: number; work?: () => void },
): number[] {
  const { count, each, perMillisecond, start = 0, work } = options;
  pauses.length = 0;
  for (let look = 0; look < count; look++) {
    moderation.pause();
    moderation.looked(each, start + Math.floor((look * (each || 1)) / perMillisecond));
    work?.();
  }
  return pauses;
}

function spend(microseconds: number): void {
  const end = performance.now() + microseconds / 1000;
  while (performance.now() < end);
}

const RUSH = { count: 1000, each: 1, perMillisecond: 50 };

test('datagrams gather while they come thick and fast', () => {
  const pauses = looks(moderated(1000), RUSH);
  expect(pauses.length).toBeGreaterThan(900);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(1000);
  // Whatever else this machine does now and then, most of them follow at once.
  expect(pauses.sort((a, b) => a - b)[500]).toBeGreaterThan(900);
});

test('they gather for what is left of the time since the latest look', () => {
  const pauses = looks(moderated(1000), { ...RUSH, work: () => spend(400) });
  expect(pauses.length).toBeGreaterThan(500);
  expect(Math.max(...pauses)).toBeLessThanOrEqual(600);
});

test.each([
  ['few come', 50, 1, 15],
  ['nothing comes', 50, 0, 50],
  ['it is switched off', 0, 1, 50],
])('none waits where %s', (_, microseconds, each, perMillisecond) => {
  expect(looks(moderated(microseconds), { count: 1000, each, perMillisecond })).toEqual([]);
});

test('none waits where what came takes all the time', () => {
  expect(looks(moderated(50), { ...RUSH, work: () => spend(45) })).toEqual([]);
});

test('none waits any more once the rush is over', () => {
  const each = moderated(1000);
  expect(looks(each, RUSH).length).toBeGreaterThan(0);
  // The first millisecond is not over yet when the first of them comes.
  expect(looks(each, { ...RUSH, perMillisecond: 1, start: 20 }).length).toBeLessThanOrEqual(3);
});

test('it says whether it is at work', () => {
  const each = moderated(50);
  expect(each.moderation.isActive).toBe(false);
  looks(each, RUSH);
  expect(each.moderation.isActive).toBe(true);
  const never = moderated(0);
  looks(never, RUSH);
  expect(never.moderation.isActive).toBe(false);
});

test('a pause is as long as it should be', () => {
  const moderation = new Moderation(libc, new Arena(libc, Moderation.space), 20_000);
  for (let i = 0; i < 100; i++) moderation.looked(1, Math.floor(i / 50));
  const start = performance.now();
  moderation.pause();
  expect(performance.now() - start).toBeGreaterThanOrEqual(19);
});

test('timers are asked how fine they are', () => {
  const arena = new Arena(libc, Moderation.space);
  expect(new Moderation(libc, arena, 1000).isPrecise()).toBe(true);
  const coarse: Libc['nanosleep'] = () => {
    spend(4000);
    return 0;
  };
  const arenaOfCoarse = new Arena(libc, Moderation.space);
  expect(new Moderation({ ...libc, nanosleep: coarse }, arenaOfCoarse, 50).isPrecise()).toBe(false);
});
