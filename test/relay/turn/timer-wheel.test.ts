import { type Expirable, TimerWheel } from '../../../relay/src/turn/timer-wheel';

function wheelOf(now: number): { wheel: TimerWheel<Expirable>; ended: { item: Expirable; at: number }[] } {
  const ended: { item: Expirable; at: number }[] = [];
  return { wheel: new TimerWheel(now, (item, at) => ended.push({ item, at })), ended };
}

test.each([1, 999, 1000, 1001, 300_000, 3_600_000, 9_000_000])('an item ends within two seconds after %d ms', delay => {
  const { wheel, ended } = wheelOf(5_500);
  const item = { expiresAt: 5_500 + delay, timerSlot: -1 };
  wheel.schedule(item);
  for (let now = 5_500; ended.length === 0 && now < 20_000_000; now += 250) wheel.advance(now);
  expect(ended[0]?.at).toBeGreaterThanOrEqual(item.expiresAt);
  expect(ended[0]?.at).toBeLessThan(item.expiresAt + 2000);
});

test('an end moved further away is noticed when the old slot comes round', () => {
  const { wheel, ended } = wheelOf(0);
  const item = { expiresAt: 2_000, timerSlot: -1 };
  wheel.schedule(item);
  item.expiresAt = 10_000;
  wheel.schedule(item);
  wheel.advance(9_000);
  expect(ended).toHaveLength(0);
  wheel.advance(12_000);
  expect(ended).toHaveLength(1);
});

test('an end moved nearer comes nearer, and comes once', () => {
  const { wheel, ended } = wheelOf(0);
  const item = { expiresAt: 3_600_000, timerSlot: -1 };
  wheel.schedule(item);
  item.expiresAt = 5_000;
  wheel.schedule(item);
  wheel.advance(7_000);
  expect(ended).toHaveLength(1);
  wheel.advance(4_000_000);
  expect(ended).toHaveLength(1);
});

test('a clock that jumps a week ends everything at once', () => {
  const { wheel, ended } = wheelOf(0);
  for (let i = 0; i < 100; i++) wheel.schedule({ expiresAt: i * 30_000, timerSlot: -1 });
  wheel.advance(7 * 86_400_000);
  expect(ended).toHaveLength(100);
});

test('a cancelled item is not held until its time would have come', () => {
  const { wheel, ended } = wheelOf(0);
  const items = [1_000, 3_600_000].map(expiresAt => ({ expiresAt, timerSlot: -1 }));
  for (const item of items) wheel.schedule(item);
  expect(wheel.size).toBe(2);
  for (const item of items) wheel.cancel(item);
  expect(wheel.size).toBe(0);
  wheel.advance(4_000_000);
  expect(ended).toHaveLength(0);
});

test('an end may cancel others of the same slot, which then do not end', () => {
  const items = [1, 2, 3].map(() => ({ expiresAt: 1_000, timerSlot: -1 }));
  const ended: Expirable[] = [];
  const wheel = new TimerWheel<Expirable>(0, item => {
    ended.push(item);
    for (const other of items) wheel.cancel(other);
  });
  for (const item of items) wheel.schedule(item);
  wheel.advance(5_000);
  expect(ended).toEqual([items[0]]);
});
