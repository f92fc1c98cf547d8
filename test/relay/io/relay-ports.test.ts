import { portChoices } from '../../../relay/src/io/relay-ports';

test.each([
  ['any', 10, 12, [10, 11, 12]],
  ['even', 10, 14, [10, 12, 14]],
  ['even', 11, 14, [12, 14]],
  ['even', 11, 11, []],
  ['even-and-next', 10, 13, [10, 12]],
  ['even-and-next', 10, 14, [10, 12]],
  ['even-and-next', 11, 14, [12]],
  ['even-and-next', 11, 12, []],
] as const)('%s of %i to %i: %j', (ports, min, max, expected) => {
  const choices = portChoices({ min, max }, ports);
  const { count } = choices;
  expect(Array.from({ length: count }, (_, i) => choices.port(i))).toEqual(expected);
  if (count > 0) expect(choices.port(count)).toBe(expected[0]);
});
