import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { Client, Harness, readAnswer } from './harness';

describe('Allocate (RFC 8656 7.2)', () => {
  test('gives a relayed transport address, the mapped address and the default lifetime', () => {
    const client = new Client(new Harness());
    const answer = client.allocate();
    expect(answer.messageClass).toBe(MessageClass.Success);
    expect(answer.address(Attribute.XorRelayedAddress)).toBe('192.0.2.10:50000');
    expect(answer.address(Attribute.XorMappedAddress)).toBe('203.0.113.5:40000');
    expect(answer.reader.uint32(Attribute.Lifetime)).toBe(600);
    expect(answer.reader.has(Attribute.MessageIntegrity)).toBe(true);
  });

  test.each([
    [0, 600],
    [1, 600],
    [599, 600],
    [777, 777],
    [3600, 3600],
    [3601, 3600],
    [0xffffffff, 3600],
  ])('LIFETIME %d is granted as %d', (asked, granted) => {
    const answer = new Client(new Harness()).allocate(writer => writer.uint32(Attribute.Lifetime, asked));
    expect(answer.reader.uint32(Attribute.Lifetime)).toBe(granted);
  });

  test('a retransmission is answered alike and opens no second socket', () => {
    const harness = new Harness();
    const client = new Client(harness);
    const first = client.allocate(undefined, 77);
    harness.advance(30);
    const again = client.allocate(undefined, 77);
    expect(again.address(Attribute.XorRelayedAddress)).toBe(first.address(Attribute.XorRelayedAddress));
    expect(again.reader.uint32(Attribute.Lifetime)).toBe(570);
    expect(harness.opened).toHaveLength(1);
  });

  test('a second Allocate on the same 5-tuple is refused with 437', () => {
    const client = new Client(new Harness());
    client.allocate();
    expect(client.allocate().code).toBe(437);
  });

  test('another port, another listening socket and another client are other 5-tuples', () => {
    const harness = new Harness();
    for (const at of [
      { port: 40_000 },
      { port: 40_001 },
      { socket: 2 },
      { address: '203.0.113.6' },
      { address: '2001:db8::7' },
    ]) {
      expect(new Client(harness, at).allocate().messageClass).toBe(MessageClass.Success);
    }
    expect(harness.server.store.size).toBe(5);
  });

  test('while the socket is being bound a retransmission is silent and anything else is 437', () => {
    const harness = new Harness();
    harness.relayOpening = 'later';
    const client = new Client(harness);
    expect(() => client.allocate(undefined, 5)).toThrow('no answer');
    expect(() => client.allocate(undefined, 5)).toThrow('no answer');
    expect(harness.opened).toHaveLength(1);
    expect(client.allocate(undefined, 6).code).toBe(437);
    expect(client.refresh().code).toBe(437);
    harness.completeOpening(harness.opened[0]!);
    expect(readAnswer(harness.toClient.at(-1)!.bytes).messageClass).toBe(MessageClass.Success);
  });

  test('no socket: 508, nothing kept, and the next try may succeed', () => {
    const harness = new Harness();
    harness.relayOpening = 'fails';
    const client = new Client(harness);
    expect(client.allocate().code).toBe(508);
    expect(harness.server.store.size).toBe(0);
    harness.relayOpening = 'at once';
    expect(client.allocate().messageClass).toBe(MessageClass.Success);
  });

  test('a client that is gone before its socket is bound leaves nothing', () => {
    const harness = new Harness();
    harness.relayOpening = 'later';
    const client = new Client(harness, { transport: 'tcp' });
    expect(() => client.allocate()).toThrow('no answer');
    harness.server.flowClosed(client.flow);
    expect(harness.closed).toEqual(harness.opened);
    const sent = harness.toClient.length;
    harness.completeOpening(harness.opened[0]!);
    expect(harness.toClient).toHaveLength(sent);
    expect(harness.server.store.size).toBe(0);
  });

  test('the limit on allocations is answered with 508', () => {
    const harness = new Harness({ limits: { allocations: 2 } });
    expect(new Client(harness, { port: 1001 }).allocate().code).toBeUndefined();
    expect(new Client(harness, { port: 1002 }).allocate().code).toBeUndefined();
    expect(new Client(harness, { port: 1003 }).allocate().code).toBe(508);
  });

  test.each<[string, number, (client: Client) => { code: number | undefined }]>([
    ['no REQUESTED-TRANSPORT', 400, c => c.request(Method.Allocate)],
    [
      'REQUESTED-TRANSPORT of the wrong size',
      400,
      c => c.request(Method.Allocate, w => w.empty(Attribute.RequestedTransport)),
    ],
    [
      'REQUESTED-TRANSPORT TCP',
      442,
      c => c.request(Method.Allocate, w => w.uint32(Attribute.RequestedTransport, 6 << 24)),
    ],
    [
      'REQUESTED-ADDRESS-FAMILY unknown',
      440,
      c => c.allocate(w => w.uint32(Attribute.RequestedAddressFamily, 3 << 24)),
    ],
    ['REQUESTED-ADDRESS-FAMILY malformed', 400, c => c.allocate(w => w.empty(Attribute.RequestedAddressFamily))],
    ['LIFETIME malformed', 400, c => c.allocate(w => w.empty(Attribute.Lifetime))],
    ['an unknown comprehension-required attribute', 420, c => c.allocate(w => w.empty(0x7ff0))],
  ])('%s: %d', (_, code, request) => {
    expect(request(new Client(new Harness())).code).toBe(code);
  });

  test('420 names the attributes, and is signed', () => {
    const answer = new Client(new Harness()).allocate(writer => writer.empty(0x7ff0).empty(0x7ff1));
    const index = answer.reader.find(Attribute.UnknownAttributes);
    expect(answer.reader.uint32(Attribute.UnknownAttributes)).toBe(0x7ff07ff1);
    expect(answer.reader.valueLength(index)).toBe(4);
    expect(answer.reader.has(Attribute.MessageIntegrity)).toBe(true);
  });

  test.each([
    { families: [4, 6] as const, asked: undefined, got: '192.0.2.10:50000' },
    { families: [4, 6] as const, asked: 2, got: '[2001:db8::10]:50000' },
    { families: [6] as const, asked: undefined, got: '[2001:db8::10]:50000' },
    { families: [4] as const, asked: 2, got: undefined },
    { families: [6] as const, asked: 1, got: undefined },
  ])('families $families, asked for $asked: $got', ({ families, asked, got }) => {
    const answer = new Client(new Harness({ families })).allocate(writer => {
      if (asked !== undefined) writer.uint32(Attribute.RequestedAddressFamily, asked << 24);
    });
    expect(answer.address(Attribute.XorRelayedAddress)).toBe(got);
    if (got === undefined) expect(answer.code).toBe(440);
  });
});

describe('Refresh (RFC 8656 8.2)', () => {
  test('keeps an allocation alive', () => {
    const harness = new Harness();
    const client = new Client(harness);
    client.allocate();
    harness.advance(500);
    expect(client.refresh().reader.uint32(Attribute.Lifetime)).toBe(600);
    harness.advance(500);
    expect(harness.server.store.size).toBe(1);
    harness.advance(102);
    expect(harness.server.store.size).toBe(0);
    expect(harness.ends).toEqual(['expired']);
    expect(harness.closed).toEqual(harness.opened);
  });

  test('0 ends it at once', () => {
    const harness = new Harness();
    const client = new Client(harness);
    client.allocate();
    expect(client.refresh(0).reader.uint32(Attribute.Lifetime)).toBe(0);
    expect(harness.closed).toEqual(harness.opened);
    expect(client.refresh().code).toBe(437);
    expect(client.allocate().messageClass).toBe(MessageClass.Success);
  });

  test('an address family that the allocation has not: 443', () => {
    const client = new Client(new Harness());
    client.allocate();
    const refresh = (family: number): number | undefined =>
      client.request(Method.Refresh, writer => writer.uint32(Attribute.RequestedAddressFamily, family << 24)).code;
    expect(refresh(2)).toBe(443);
    expect(refresh(1)).toBeUndefined();
  });

  test.each(['refresh', 'permit', 'bind'] as const)('%s without an allocation: 437', what => {
    const client = new Client(new Harness());
    const answers = {
      refresh: () => client.refresh(),
      permit: () => client.permit('10.1.0.1'),
      bind: () => client.bind(0x4000, '10.1.0.1', 20_000),
    };
    expect(answers[what]().code).toBe(437);
  });

  test('a stream that closes ends its allocation', () => {
    const harness = new Harness();
    const client = new Client(harness, { transport: 'tcp', socket: 9 });
    client.allocate();
    harness.server.flowClosed(client.flow);
    expect(harness.ends).toEqual(['disconnected']);
    expect(harness.server.store.size).toBe(0);
  });
});
