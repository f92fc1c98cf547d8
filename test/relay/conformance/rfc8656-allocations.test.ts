import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import type { MessageWriter } from '../../../relay/src/stun/message-writer';
import { type Answer, Client, Harness, type SettingsOptions } from '../turn/harness';
import { notYet, rule } from './rule';

type Write = (writer: MessageWriter) => unknown;

const family =
  (code: number): Write =>
  writer =>
    writer.uint32(Attribute.RequestedAddressFamily, code * 0x1000000);
const additional =
  (code: number): Write =>
  writer =>
    writer.uint32(Attribute.AdditionalAddressFamily, code * 0x1000000);
const evenPort =
  (bits: number): Write =>
  writer =>
    writer.bytes(Attribute.EvenPort, Uint8Array.of(bits));
const token =
  (bytes: Uint8Array): Write =>
  writer =>
    writer.bytes(Attribute.ReservationToken, bytes);
const all =
  (...writes: Write[]): Write =>
  writer =>
    writes.forEach(write => write(writer));

function start(options: SettingsOptions = {}, at = {}): { harness: Harness; client: Client } {
  const harness = new Harness(options);
  return { harness, client: new Client(harness, at) };
}

function codeOf(write: Write, options: SettingsOptions = {}): number | undefined {
  return start(options).client.allocate(write).code;
}

function valueOf({ reader }: Answer, type: number): Uint8Array {
  const index = reader.find(type);
  return Uint8Array.from(
    reader.bytes.subarray(reader.valueOffset(index), reader.valueOffset(index) + reader.valueLength(index)),
  );
}

const portOf = (answer: Answer): number => Number(answer.address(Attribute.XorRelayedAddress)!.split(':').at(-1));

describe('general behaviour', () => {
  rule('RFC 8656 5', 'every request but Binding is authenticated', () => {
    const { client } = start();
    const { Allocate, Refresh, CreatePermission, ChannelBind, Connect, ConnectionBind } = Method;
    for (const method of [Allocate, Refresh, CreatePermission, ChannelBind, Connect, ConnectionBind])
      expect(client.raw(client.message(MessageClass.Request, method))?.code).toBe(401);
  });
  rule(
    'RFC 8656 5',
    'an allocation is found by the whole 5-tuple: another port or another server address is another',
    () => {
      const { harness, client } = start();
      client.allocate();
      expect(new Client(harness, { port: 40_001 }).refresh().code).toBe(437);
      expect(new Client(harness, { socket: 2 }).refresh().code).toBe(437);
    },
  );
  rule('RFC 8656 5', 'another user than the one who made the allocation: 441', () => {
    const { client } = start();
    client.allocate();
    client.as('bob', 'swordfish');
    for (const ask of [
      () => client.refresh(),
      () => client.permit('10.1.0.1'),
      () => client.bind(0x4000, '10.1.0.1', 20_000),
    ])
      expect(ask().code).toBe(441);
  });
  rule('RFC 8656 5', 'Refresh, CreatePermission and ChannelBind without an allocation: 437', () => {
    const { client } = start();
    expect(
      [client.refresh(), client.permit('10.1.0.1'), client.bind(0x4000, '10.1.0.1', 20_000)].map(({ code }) => code),
    ).toEqual([437, 437, 437]);
  });
});

describe('Allocate', () => {
  rule('RFC 8656 7.2', 'a 5-tuple that has an allocation: 437', () => {
    const { client } = start();
    client.allocate();
    expect(client.allocate().code).toBe(437);
  });
  rule('RFC 8656 7.2', 'a retransmission of the request that made the allocation gets its answer again', () => {
    const { harness, client } = start();
    const first = client.allocate(undefined, 9);
    const second = client.allocate(undefined, 9);
    expect(second.address(Attribute.XorRelayedAddress)).toBe(first.address(Attribute.XorRelayedAddress));
    expect(harness.opened).toHaveLength(1);
  });
  rule('RFC 8656 7.2', 'no REQUESTED-TRANSPORT, or a malformed one: 400', () => {
    expect(start().client.request(Method.Allocate).code).toBe(400);
    const short: Write = writer => writer.bytes(Attribute.RequestedTransport, Uint8Array.of(17));
    expect(start().client.request(Method.Allocate, short).code).toBe(400);
  });
  rule('RFC 8656 7.2', 'a transport that is not supported: 442', () => {
    const sctp: Write = writer => writer.uint32(Attribute.RequestedTransport, 132 * 0x1000000);
    expect(start().client.request(Method.Allocate, sctp).code).toBe(442);
  });
  rule('RFC 8656 7.2', 'DONT-FRAGMENT where the DF bit cannot be set: 420', () => {
    const answer = start().client.allocate(writer => writer.empty(Attribute.DontFragment));
    expect([answer.code, answer.reader.uint16(Attribute.UnknownAttributes)]).toEqual([420, Attribute.DontFragment]);
  });
  rule('RFC 8656 7.2', 'DONT-FRAGMENT where it can: success', () => {
    expect(codeOf(writer => writer.empty(Attribute.DontFragment), { dontFragment: true })).toBeUndefined();
  });
  rule('RFC 8656 7.2', 'RESERVATION-TOKEN with EVEN-PORT, or with an address family: 400', () => {
    const reserved = token(new Uint8Array(8));
    for (const other of [evenPort(0), evenPort(0x80), family(1), additional(2)])
      expect(codeOf(all(reserved, other))).toBe(400);
  });
  rule('RFC 8656 7.2', 'a token that is not valid: 508', () => {
    expect(codeOf(token(new Uint8Array(8)))).toBe(508);
  });
  rule('RFC 8656 7.2', 'REQUESTED-ADDRESS-FAMILY with ADDITIONAL-ADDRESS-FAMILY: 400', () => {
    expect(codeOf(all(family(1), additional(2)))).toBe(400);
  });
  rule('RFC 8656 7.2', 'an address family that the server does not support: 440', () => {
    expect(codeOf(family(2), { families: [4] })).toBe(440);
    expect(codeOf(family(9))).toBe(440);
  });
  rule('RFC 8656 7.2', 'without an address family asked for, an IPv4 address', () => {
    expect(start().client.allocate().address(Attribute.XorRelayedAddress)).toMatch(/^192\.0\.2\.10:/);
  });
  // Agents that never ask for a family get through an IPv6-only cluster this way.
  notYet('RFC 8656 7.2', 'without an address family asked for and without IPv4: 440', () => {
    expect(codeOf(() => undefined, { families: [6] })).toBe(440);
  });
  rule('RFC 8656 7.2', 'the address family that is asked for', () => {
    expect(start().client.allocate(family(2)).address(Attribute.XorRelayedAddress)).toMatch(/^\[2001:db8::10\]:/);
  });
  rule('RFC 8656 7.2', 'ADDITIONAL-ADDRESS-FAMILY together with EVEN-PORT that reserves: 400', () => {
    expect(codeOf(all(evenPort(0x80), additional(2)))).toBe(400);
  });
  rule('RFC 8656 7.2', 'ADDITIONAL-ADDRESS-FAMILY other than IPv6: 400', () => {
    expect(codeOf(additional(1))).toBe(400);
  });
  rule('RFC 8656 7.2', 'ADDITIONAL-ADDRESS-FAMILY: an address of each family in one allocation', () => {
    const { harness, client } = start();
    expect(client.allocate(additional(2)).code).toBeUndefined();
    expect(harness.opened.map(relay => relay.family)).toEqual([4, 6]);
    expect(harness.server.store.size).toBe(1);
  });
  rule('RFC 8656 7.2', 'one family of the two that cannot be had: success, and ADDRESS-ERROR-CODE names it', () => {
    const { harness, client } = start();
    harness.relayOpening = 4;
    const answer = client.allocate(additional(2));
    expect(answer.messageClass).toBe(MessageClass.Success);
    expect(answer.reader.uint32(Attribute.AddressErrorCode)).toBe(0x02000508);
  });
  rule('RFC 8656 7.2', 'beyond the quota of the user: 486', () => {
    const { harness, client } = start({ limits: { allocationsPerStaticUser: 1 } });
    client.allocate();
    expect(new Client(harness, { port: 40_001 }).allocate().code).toBe(486);
    expect(new Client(harness, { port: 40_002 }, 'bob', 'swordfish').allocate().code).toBeUndefined();
  });
  rule('RFC 8656 7.2', 'no transport address to be had: 508', () => {
    const { harness, client } = start();
    harness.relayOpening = 'fails';
    expect(client.allocate().code).toBe(508);
  });
  rule('RFC 8656 7.2', 'EVEN-PORT: an even port', () => {
    const { harness, client } = start();
    new Client(harness, { port: 40_001 }).allocate();
    expect(portOf(client.allocate(evenPort(0))) % 2).toBe(0);
  });
  rule('RFC 8656 7.2', 'EVEN-PORT with the R bit: the next port is reserved, and its token returned', () => {
    const { harness, client } = start();
    const first = client.allocate(evenPort(0x80));
    const second = new Client(harness, { port: 40_001 }).allocate(token(valueOf(first, Attribute.ReservationToken)));
    expect(portOf(second)).toBe(portOf(first) + 1);
  });
  rule('RFC 8656 7.2', 'EVEN-PORT without the R bit reserves nothing', () => {
    const { harness, client } = start();
    expect(client.allocate(evenPort(0)).reader.has(Attribute.ReservationToken)).toBe(false);
    expect(harness.opened[0]!.next).toBeUndefined();
  });
  rule('RFC 8656 7.2', 'a reservation lasts for at least 30 seconds, and then ends', () => {
    for (const [seconds, code] of [
      [29, undefined],
      [40, 508],
    ] as const) {
      const { harness, client } = start();
      const reserved = valueOf(client.allocate(evenPort(0x80)), Attribute.ReservationToken);
      harness.advance(seconds);
      expect(new Client(harness, { port: 40_001 }).allocate(token(reserved)).code).toBe(code);
    }
  });
  rule('RFC 8656 7.2', 'a token of somebody else is not valid', () => {
    const { harness, client } = start();
    const reserved = valueOf(client.allocate(evenPort(0x80)), Attribute.ReservationToken);
    expect(new Client(harness, { port: 40_001 }, 'bob', 'swordfish').allocate(token(reserved)).code).toBe(508);
  });
  rule('RFC 8656 7.2', 'the response has the relayed and the mapped transport address and the lifetime', () => {
    const answer = start().client.allocate();
    expect(answer.address(Attribute.XorRelayedAddress)).toBeDefined();
    expect(answer.address(Attribute.XorMappedAddress)).toBe('203.0.113.5:40000');
    expect(answer.reader.uint32(Attribute.Lifetime)).toBe(600);
  });
  rule('RFC 8656 7.2', 'LIFETIME: no less than the default, and no more than the maximum', () => {
    for (const [asked, granted] of [
      [1, 600],
      [0, 600],
      [1800, 1800],
      [0xffffffff, 3600],
    ] as const) {
      const answer = start().client.allocate(writer => writer.uint32(Attribute.Lifetime, asked));
      expect(answer.reader.uint32(Attribute.Lifetime)).toBe(granted);
    }
  });
  rule('RFC 8656 7.2', 'an allocation ends when its lifetime is over, and its transport address with it', () => {
    const { harness, client } = start();
    client.allocate();
    harness.advance(599);
    expect(client.refresh().code).toBeUndefined();
    harness.advance(602);
    expect(client.refresh().code).toBe(437);
    expect(harness.closed).toEqual(harness.opened);
  });
  rule('RFC 8656 7.2', 'nothing is reserved or opened for a request that is refused', () => {
    const { harness, client } = start();
    client.allocate(all(evenPort(0x80), additional(2)));
    expect([harness.opened.length, harness.server.store.size]).toEqual([0, 0]);
  });
});

describe('Refresh', () => {
  rule('RFC 8656 8.2', 'a lifetime is granted as in Allocate', () => {
    for (const [asked, granted] of [
      [undefined, 600],
      [1, 600],
      [1800, 1800],
      [9999, 3600],
    ] as const) {
      const { client } = start();
      client.allocate();
      expect(client.refresh(asked).reader.uint32(Attribute.Lifetime)).toBe(granted);
    }
  });
  rule('RFC 8656 8.2', '0 ends the allocation at once', () => {
    const { harness, client } = start();
    client.allocate();
    expect(client.refresh(0).reader.uint32(Attribute.Lifetime)).toBe(0);
    expect(harness.closed).toEqual(harness.opened);
    expect(client.refresh().code).toBe(437);
  });
  rule('RFC 8656 8.2', 'an address family that the allocation has not: 443', () => {
    const { client } = start();
    client.allocate();
    expect(client.request(Method.Refresh, family(2)).code).toBe(443);
  });
  rule('RFC 8656 8.2', '0 for one family of two ends that one alone', () => {
    const { harness, client } = start();
    client.allocate(additional(2));
    client.request(
      Method.Refresh,
      all(family(2), writer => writer.uint32(Attribute.Lifetime, 0)),
    );
    expect(harness.closed.map(relay => relay.family)).toEqual([6]);
    expect(client.refresh().code).toBeUndefined();
    expect(client.permit('fd00:1::1').code).toBe(443);
  });
});

describe('time and streams', () => {
  rule('RFC 8656 5', 'a stream that closes ends its allocation', () => {
    const { harness, client } = start({}, { transport: 'tcp' });
    client.allocate();
    harness.server.flowClosed(client.flow);
    expect([harness.server.store.size, harness.closed.length]).toEqual([0, 1]);
  });
});
