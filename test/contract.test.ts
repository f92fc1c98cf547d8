import * as library from '../lib/private/contract';
import * as relay from '../relay/src/contract';

test('what the constructs write is what the relay reads', () => {
  expect({ ...library }).toEqual({ ...relay });
});
