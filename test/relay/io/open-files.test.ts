import { relaySocketLimit } from '../../../relay/src/io/open-files';

const limits = (soft: string): string =>
  `Limit  Soft Limit  Hard Limit  Units\nMax open files            ${soft}    1048576  files\n`;

test.each([
  ['1024', 704],
  ['1048576', 786_368],
  ['16', 1],
  ['unlimited', undefined],
])('of %s open files relay sockets may take %s', (soft, expected) => {
  expect(relaySocketLimit(() => limits(soft))).toBe(expected);
});

test('a system that does not tell sets no limit', () => {
  expect(
    relaySocketLimit(() => {
      throw new Error('no such file');
    }),
  ).toBeUndefined();
});

test('this system is asked', () => {
  if (process.platform === 'linux') expect(relaySocketLimit()).toBeGreaterThan(0);
});
