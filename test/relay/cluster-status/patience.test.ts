import { Patience } from '../../../relay/src/cluster-status/patience';

const MINUTE = 60_000;

describe('Patience', () => {
  test('GIVEN the same done again and again THEN the wait doubles from a second to five minutes', () => {
    const patience = new Patience();
    const waits: number[] = [];
    let now = 1000;
    for (let i = 0; i < 12; i++) {
      patience.note('key', 'this', now);
      waits.push(Math.max(0, patience.until('key') - now));
      now = Math.max(now, patience.until('key'));
    }
    expect(waits.map(wait => wait / 1000)).toEqual([0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
  });

  test('GIVEN something else, or the same after a long time THEN there is no wait', () => {
    const patience = new Patience();
    for (let i = 0; i < 3; i++) patience.note('key', 'this', 0);
    expect(patience.until('key')).toBe(2000);
    patience.note('key', 'that', 0);
    expect(patience.until('key')).toBe(0);
    patience.note('key', 'that', 11 * MINUTE);
    expect(patience.until('key')).toBe(0);
    expect(patience.until('another')).toBe(0);
  });
});
