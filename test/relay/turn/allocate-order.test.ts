import type { MessageWriter } from '../../../relay/src/stun/message-writer';
import { Attribute, Method } from '../../../relay/src/stun/constants';
import { Client, Harness, type SettingsOptions } from './harness';

type Attributes = (writer: MessageWriter) => unknown;

const transport =
  (protocol: number): Attributes =>
  w =>
    w.uint32(Attribute.RequestedTransport, protocol << 24);
const family =
  (value: number): Attributes =>
  w =>
    w.uint32(Attribute.RequestedAddressFamily, value << 24);
const additional =
  (value: number): Attributes =>
  w =>
    w.uint32(Attribute.AdditionalAddressFamily, value << 24);
const token: Attributes = w => w.bytes(Attribute.ReservationToken, new Uint8Array(8));
const evenPort =
  (value: number): Attributes =>
  w =>
    w.bytes(Attribute.EvenPort, Uint8Array.of(value));
const dontFragment: Attributes = w => w.empty(Attribute.DontFragment);
const ticket: Attributes = w => w.empty(Attribute.MobilityTicket);
const none: SettingsOptions = { limits: { allocations: 0 } };
const quota: SettingsOptions = { limits: { allocationsPerStaticUser: 1, allocations: 1 } };

/** Each row has two faults: the answer tells which the server looks at first. */
describe('Allocate is checked in the order of RFC 8656 7.2', () => {
  test.each<[string, number, Attributes[], SettingsOptions?]>([
    ['TCP peers before DONT-FRAGMENT', 442, [transport(6), dontFragment]],
    ['DONT-FRAGMENT before a bad token', 420, [transport(17), dontFragment, token]],
    ['RESERVATION-TOKEN with EVEN-PORT', 400, [transport(17), token, evenPort(0)]],
    ['RESERVATION-TOKEN with REQUESTED-ADDRESS-FAMILY', 400, [transport(17), token, family(1)]],
    ['RESERVATION-TOKEN with ADDITIONAL-ADDRESS-FAMILY', 400, [transport(17), token, additional(2)]],
    ['a token of the wrong size', 400, [transport(17), w => w.bytes(Attribute.ReservationToken, new Uint8Array(7))]],
    ['an unknown token before mobility', 508, [transport(17), token, ticket]],
    ['both families asked for by two attributes', 400, [transport(17), family(1), additional(2)]],
    ['both attributes before an unknown family', 400, [transport(17), family(9), additional(2)]],
    ['an unknown family before EVEN-PORT malformed', 440, [transport(17), family(9), w => w.empty(Attribute.EvenPort)]],
    ['EVEN-PORT malformed', 400, [transport(17), w => w.empty(Attribute.EvenPort)]],
    ['EVEN-PORT that reserves, with ADDITIONAL-ADDRESS-FAMILY', 400, [transport(17), evenPort(0x80), additional(2)]],
    ['ADDITIONAL-ADDRESS-FAMILY IPv4', 400, [transport(17), additional(1)]],
    ['ADDITIONAL-ADDRESS-FAMILY unknown', 400, [transport(17), additional(9)]],
    ['ADDITIONAL-ADDRESS-FAMILY malformed', 400, [transport(17), w => w.empty(Attribute.AdditionalAddressFamily)]],
    ['an unknown family before no capacity', 440, [transport(17), family(9)], none],
    ['ADDITIONAL-ADDRESS-FAMILY IPv4 before no capacity', 400, [transport(17), additional(1)], none],
    ['no capacity', 508, [transport(17)], none],
  ])('%s: %d', (...[, code, attributes, options]) => {
    const client = new Client(new Harness(options));
    expect(client.request(Method.Allocate, writer => attributes.forEach(write => write(writer))).code).toBe(code);
  });

  test('the quota before capacity: 486', () => {
    const harness = new Harness(quota);
    new Client(harness, { port: 1001 }).allocate();
    expect(new Client(harness, { port: 1002 }).allocate().code).toBe(486);
    expect(new Client(harness, { port: 1003 }, 'bob', 'swordfish').allocate().code).toBe(508);
  });

  test('an allocation that is there before all else: 437', () => {
    const client = new Client(new Harness());
    client.allocate();
    expect(client.request(Method.Allocate, transport(99)).code).toBe(437);
  });

  test('420 for DONT-FRAGMENT names it', () => {
    const { reader } = new Client(new Harness()).allocate(dontFragment);
    expect(reader.uint16(Attribute.UnknownAttributes)).toBe(Attribute.DontFragment);
  });
});
