import type { MessageWriter } from '../../../relay/src/stun/message-writer';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { type Answer, Client, Harness, type SettingsOptions } from './harness';

const both = (writer: MessageWriter) => writer.uint32(Attribute.AdditionalAddressFamily, 2 << 24);

function dual(options: SettingsOptions = {}) {
  const harness = new Harness(options);
  const client = new Client(harness);
  return { harness, client, answer: client.allocate(both, 7) };
}

function relayedAddresses({ reader }: Answer): string[] {
  const found: string[] = [];
  const endpoint = new Endpoint();
  const type = Attribute.XorRelayedAddress;
  for (let i = reader.find(type); i >= 0; i = reader.findNext(type, i + 1)) {
    if (reader.xorAddress(i, endpoint)) found.push(endpoint.toString());
  }
  return found;
}

function refresh(client: Client, family: number, lifetime?: number): Answer {
  return client.request(Method.Refresh, writer => {
    writer.uint32(Attribute.RequestedAddressFamily, family << 24);
    if (lifetime !== undefined) writer.uint32(Attribute.Lifetime, lifetime);
  });
}

describe('ADDITIONAL-ADDRESS-FAMILY (RFC 8656 7.2, 18.11)', () => {
  test('gives a relayed transport address of each family, and each carries its own peers', () => {
    const { harness, client, answer } = dual();
    expect(relayedAddresses(answer)).toEqual(['192.0.2.10:50000', '[2001:db8::10]:50001']);
    expect(answer.reader.has(Attribute.AddressErrorCode)).toBe(false);
    client.permit('10.1.0.1', 'fd00:1::1');
    client.send('10.1.0.1', 20_000, 'four');
    client.send('fd00:1::1', 20_000, 'six');
    expect(harness.toPeer.map(({ relay, data }) => [relay.family, data.toString()])).toEqual([
      [4, 'four'],
      [6, 'six'],
    ]);
  });

  test('is understood by the number it had before the RFC, too', () => {
    const client = new Client(new Harness());
    const answer = client.allocate(writer => writer.uint32(Attribute.AdditionalAddressFamilyDraft, 2 << 24));
    expect(relayedAddresses(answer)).toHaveLength(2);
  });

  test('is one allocation for quotas', () => {
    const { client } = dual({ limits: { allocationsPerStaticUser: 2, allocations: 2 } });
    expect(new Client(client.harness, { port: 1002 }).allocate(both).messageClass).toBe(MessageClass.Success);
    expect(new Client(client.harness, { port: 1003 }).allocate().code).toBe(486);
  });

  test('a retransmission while one socket is open gets one answer in the end, and no third socket', () => {
    const harness = new Harness();
    harness.relayOpening = 'later';
    const client = new Client(harness);
    expect(() => client.allocate(both, 7)).toThrow('no answer');
    harness.completeOpening(harness.opened[0]!);
    expect(() => client.allocate(both, 7)).toThrow('no answer');
    harness.completeOpening(harness.opened[1]!);
    expect(relayedAddresses(client.allocate(both, 7))).toHaveLength(2);
    expect(harness.opened).toHaveLength(2);
  });
});

describe('ADDRESS-ERROR-CODE (RFC 8656 18.12)', () => {
  test.each([
    { families: [4] as const, failed: 2, got: '192.0.2.10:50000' },
    { families: [6] as const, failed: 1, got: '[2001:db8::10]:50000' },
  ])('a relay with families $families only: success, and 440 for the other', ({ families, failed, got }) => {
    const { answer } = dual({ families });
    expect(answer.messageClass).toBe(MessageClass.Success);
    expect(relayedAddresses(answer)).toEqual([got]);
    expect(answer.reader.uint32(Attribute.AddressErrorCode)).toBe((failed << 24) | 0x0428);
  });

  test.each([4, 6] as const)('only IPv%i has a socket left: success, and 508 for the other', family => {
    const harness = new Harness();
    harness.relayOpening = family;
    const answer = new Client(harness).allocate(both);
    expect(relayedAddresses(answer)).toHaveLength(1);
    expect(answer.reader.uint32(Attribute.AddressErrorCode)).toBe(((family === 4 ? 2 : 1) << 24) | 0x0508);
    expect(harness.server.store.size).toBe(1);
  });

  test('no socket of either family: 508', () => {
    const harness = new Harness();
    harness.relayOpening = 'fails';
    expect(new Client(harness).allocate(both).code).toBe(508);
    expect(harness.server.store.size).toBe(0);
  });
});

describe('Refresh of a dual allocation (RFC 8656 8.2)', () => {
  test('0 for one family ends that one, with its permissions and channels; the other goes on', () => {
    const { harness, client } = dual();
    client.bind(0x4000, 'fd00:1::1', 20_000);
    client.permit('10.1.0.1');
    expect(refresh(client, 2, 0).reader.uint32(Attribute.Lifetime)).toBe(0);
    expect(harness.closed).toEqual([harness.opened[1]]);
    expect(harness.ends).toEqual([]);

    expect(client.permit('fd00:1::1').code).toBe(443);
    expect(refresh(client, 2).code).toBe(443);
    client.channelData(0x4000, 'six');
    client.send('10.1.0.1', 20_000, 'four');
    expect(harness.toPeer.map(({ data }) => data.toString())).toEqual(['four']);
  });

  test('0 for one family after the other ends the allocation', () => {
    const { harness, client } = dual();
    refresh(client, 1, 0);
    refresh(client, 2, 0);
    expect(harness.ends).toEqual(['released']);
    expect(harness.closed).toEqual(harness.opened);
    expect(client.refresh().code).toBe(437);
  });

  test('0 without a family ends both', () => {
    const { harness, client } = dual();
    client.refresh(0);
    expect(harness.closed).toEqual(harness.opened);
  });

  test('one family kept alive outlives the other', () => {
    const { harness, client } = dual();
    harness.advance(500);
    expect(refresh(client, 1).reader.uint32(Attribute.Lifetime)).toBe(600);
    harness.advance(102);
    expect(harness.closed).toEqual([harness.opened[1]]);
    expect(harness.ends).toEqual([]);
    harness.advance(500);
    expect(harness.ends).toEqual(['expired']);
    expect(harness.closed).toEqual([harness.opened[1], harness.opened[0]]);
    expect(harness.server.store.timers).toBe(0);
  });

  test.each([0, 3, 0xff])('family %d is none that it has: 443', family => {
    expect(refresh(dual().client, family).code).toBe(443);
  });

  test('a malformed family: 400', () => {
    const { client } = dual();
    expect(client.request(Method.Refresh, writer => writer.empty(Attribute.RequestedAddressFamily)).code).toBe(400);
  });
});
