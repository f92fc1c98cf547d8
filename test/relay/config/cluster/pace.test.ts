import { Pace } from '../../../../relay/src/config/cluster/pace';

/** Milliseconds that looks take, the first ones first; those after them take none. */
function paced(...costs: readonly number[]): { pace: Pace; looks: number[] } {
  const looks: number[] = [];
  const pace = new Pace(() => {
    looks.push(performance.now());
    jest.advanceTimersByTime(costs[looks.length - 1] ?? 0);
  });
  return { pace, looks };
}

let start: number;
beforeEach(() => {
  jest.useFakeTimers();
  start = performance.now();
});
afterEach(() => jest.useRealTimers());

const since = (looks: readonly number[]): number[] => looks.map(time => Math.round(time - start));

test('changes that come together are one look, and the first one sets its time', () => {
  const { pace, looks } = paced();
  for (let i = 0; i < 4; i++) {
    pace.soon('meaning');
    jest.advanceTimersByTime(4);
  }
  jest.advanceTimersByTime(100);
  expect(since(looks)).toEqual([20]);
});

test('a change of status alone waits, but not behind another change', () => {
  const { pace, looks } = paced();
  pace.soon('status');
  jest.advanceTimersByTime(100);
  expect(looks).toEqual([]);
  pace.soon('meaning');
  jest.advanceTimersByTime(2000);
  expect(since(looks)).toEqual([120]);
});

test('looks that take long are followed by a rest of twice that time', () => {
  const { pace, looks } = paced(900, 300, 300);
  // The first two say nothing of the next.
  for (let i = 0; i < 3; i++) {
    pace.soon('meaning');
    jest.advanceTimersByTime(20);
  }
  pace.soon('meaning');
  jest.advanceTimersByTime(1000);
  expect(since(looks)).toEqual([20, 940, 1260, 2160]);
});

test('a rest that is over delays nothing', () => {
  const { pace, looks } = paced(900, 300, 300);
  for (let i = 0; i < 3; i++) {
    pace.soon('meaning');
    jest.advanceTimersByTime(20);
  }
  jest.advanceTimersByTime(5000);
  const before = performance.now();
  pace.soon('meaning');
  jest.advanceTimersByTime(1000);
  expect(Math.round(looks[3]! - before)).toBe(20);
});

test('closed, it looks no more', () => {
  const { pace, looks } = paced();
  pace.soon('meaning');
  pace.close();
  pace.soon('meaning');
  jest.advanceTimersByTime(100);
  expect(looks).toEqual([]);
});
