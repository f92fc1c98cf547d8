import { Recent } from '../../../relay/src/auth/recent';

describe('Recent', () => {
  test('keeps what it is given', () => {
    const recent = new Recent<number>(2);
    recent.set('a', 1);
    recent.set('a', 2);
    expect([recent.get('a'), recent.get('b'), recent.size]).toEqual([2, undefined, 1]);
  });

  test('never holds more than its capacity, and forgets what was unused for longest', () => {
    const recent = new Recent<number>(2);
    recent.set('a', 1);
    recent.set('b', 2);
    recent.get('a');
    recent.set('c', 3);
    expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([1, undefined, 3]);
    for (let i = 0; i < 100; i++) recent.set(`n${i}`, i);
    expect(recent.size).toBe(2);
  });
});
