import * as library from '../lib/private/contract';
import { forbiddenIn } from '../lib/private/prefixes';
import * as relay from '../relay/src/contract';
import { NEVER_ALLOWED_RANGES } from '../relay/src/peer/address-class';

test('what the constructs write is what the relay reads', () => {
  expect({ ...library }).toEqual({ ...relay });
});

test.each(NEVER_ALLOWED_RANGES.map(({ prefix, name }) => [prefix.toString(), name]))(
  '%s (%s) is open to no route of the relay, so the constructs refuse it',
  prefix => expect(forbiddenIn(prefix)).toBeDefined(),
);
