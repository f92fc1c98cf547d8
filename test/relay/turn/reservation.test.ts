import type { MessageWriter } from '../../../relay/src/stun/message-writer';
import { Attribute, MessageClass } from '../../../relay/src/stun/constants';
import { type Answer, Client, Harness, type SettingsOptions, settings } from './harness';

const evenPort = (reserve: boolean) => (writer: MessageWriter) =>
  writer.bytes(Attribute.EvenPort, Uint8Array.of(reserve ? 0x80 : 0));
const claim = (token: Uint8Array) => (writer: MessageWriter) => writer.bytes(Attribute.ReservationToken, token);

function tokenOf({ reader }: Answer): Buffer {
  const index = reader.find(Attribute.ReservationToken);
  if (index < 0) throw new Error('no RESERVATION-TOKEN');
  return Buffer.from(reader.value(index));
}

function reserved(options: SettingsOptions = {}) {
  const harness = new Harness(options);
  const first = new Client(harness, { port: 1001 });
  const answer = first.allocate(evenPort(true), 42);
  return { harness, first, answer, token: tokenOf(answer) };
}

describe('EVEN-PORT (RFC 8656 7.2, 18.7)', () => {
  test('without R: an even port, no token, and nothing is held', () => {
    const harness = new Harness();
    new Client(harness, { port: 1000 }).allocate();
    const answer = new Client(harness, { port: 1001 }).allocate(evenPort(false));
    expect(answer.address(Attribute.XorRelayedAddress)).toBe('192.0.2.10:50002');
    expect(answer.reader.has(Attribute.ReservationToken)).toBe(false);
    expect(harness.opened.at(-1)).toMatchObject({ ports: 'even', next: undefined });
    expect(harness.server.store.timers).toBe(2);
  });

  test('with R: an even port and a token of eight bytes for the next one', () => {
    const { harness, answer, token } = reserved();
    expect(answer.address(Attribute.XorRelayedAddress)).toBe('192.0.2.10:50000');
    expect(token).toHaveLength(8);
    expect(harness.opened).toHaveLength(1);
    expect(harness.opened[0]!.next!.address.port).toBe(50_001);
  });

  test('a retransmission gets the same token', () => {
    const { first, token } = reserved();
    expect(tokenOf(first.allocate(evenPort(true), 42))).toEqual(token);
  });

  test('no pair to be had: 508, and nothing is kept', () => {
    const harness = new Harness();
    harness.relayOpening = 'fails';
    expect(new Client(harness).allocate(evenPort(true)).code).toBe(508);
    expect(harness.server.store.size).toBe(0);
    expect(harness.server.store.timers).toBe(0);
  });

  test('a client that is gone before the pair is bound holds no token', () => {
    const harness = new Harness();
    harness.relayOpening = 'later';
    const client = new Client(harness, { transport: 'tcp' });
    expect(() => client.allocate(evenPort(true))).toThrow('no answer');
    harness.server.flowClosed(client.flow);
    expect(harness.closed).toEqual(harness.opened);
    harness.completeOpening(harness.opened[0]!);
    expect(harness.server.store.timers).toBe(0);
  });

  test('what comes for a reserved transport address is dropped', () => {
    const { harness, first } = reserved();
    first.permit('10.1.0.1');
    const sent = harness.toClient.length;
    harness.fromPeer('10.1.0.1', 20_000, 'early', harness.opened[0]!.next);
    expect(harness.toClient).toHaveLength(sent);
  });
});

describe('RESERVATION-TOKEN (RFC 8656 7.2, 18.10)', () => {
  test('claims the next port, and opens no other', () => {
    const { harness, token } = reserved();
    const second = new Client(harness, { port: 1002 });
    const answer = second.allocate(claim(token));
    expect(answer.messageClass).toBe(MessageClass.Success);
    expect(answer.address(Attribute.XorRelayedAddress)).toBe('192.0.2.10:50001');
    expect(harness.opened).toHaveLength(1);

    second.permit('10.1.0.1');
    const next = harness.opened[0]!.next!;
    harness.fromPeer('10.1.0.1', 20_000, 'hello', next);
    expect(harness.toClient.at(-1)!.flow.client.port).toBe(1002);
    second.send('10.1.0.1', 20_000, 'back');
    expect(harness.toPeer.at(-1)!.relay).toBe(next);
  });

  test('works once', () => {
    const { harness, token } = reserved();
    new Client(harness, { port: 1002 }).allocate(claim(token));
    expect(new Client(harness, { port: 1003 }).allocate(claim(token)).code).toBe(508);
  });

  test('the claimed transport address lives and ends with its allocation, not with the token', () => {
    const { harness, token } = reserved();
    const second = new Client(harness, { port: 1002 });
    second.allocate(claim(token));
    const next = harness.opened[0]!.next!;
    harness.advance(60);
    expect(harness.closed).toEqual([]);
    second.refresh(0);
    expect(harness.closed).toEqual([next]);
  });

  test('is another user nobody’s business: 508, and the owner still claims it', () => {
    const { harness, token } = reserved();
    expect(new Client(harness, { port: 1002 }, 'bob', 'swordfish').allocate(claim(token)).code).toBe(508);
    expect(new Client(harness, { port: 1003 }).allocate(claim(token)).messageClass).toBe(MessageClass.Success);
  });

  test('holds for 30 seconds, then the port is given back and the token is worth nothing', () => {
    const { harness, token } = reserved();
    harness.advance(30);
    expect(harness.closed).toEqual([]);
    harness.advance(2);
    expect(harness.closed).toEqual([harness.opened[0]!.next]);
    expect(new Client(harness, { port: 1002 }).allocate(claim(token)).code).toBe(508);
  });

  test('outlives the allocation it was given with', () => {
    const { harness, first, token } = reserved();
    first.refresh(0);
    expect(harness.closed).toEqual(harness.opened);
    expect(new Client(harness, { port: 1002 }).allocate(claim(token)).messageClass).toBe(MessageClass.Success);
  });

  test('ends with its listener', () => {
    const { harness, token } = reserved();
    harness.server.apply(settings({ listeners: ['stunner/edge/other'] }));
    expect(harness.closed).toEqual(expect.arrayContaining([harness.opened[0], harness.opened[0]!.next]));
    harness.server.apply(settings());
    expect(new Client(harness, { port: 1002 }).allocate(claim(token)).code).toBe(508);
  });

  test('is charged like an allocation until it is claimed or given back', () => {
    const { harness, token } = reserved({ limits: { allocationsPerStaticUser: 2 } });
    expect(new Client(harness, { port: 1002 }).allocate().code).toBe(486);
    expect(new Client(harness, { port: 1003 }).allocate(claim(token)).messageClass).toBe(MessageClass.Success);
    expect(new Client(harness, { port: 1004 }).allocate().code).toBe(486);
    new Client(harness, { port: 1003 }).refresh(0);
    expect(new Client(harness, { port: 1004 }).allocate().messageClass).toBe(MessageClass.Success);
  });

  test('making and dropping pairs again and again is held to the quota', () => {
    const harness = new Harness({ limits: { allocationsPerStaticUser: 5 } });
    const codes = Array.from({ length: 8 }, (_, i) => {
      const client = new Client(harness, { port: 2000 + i });
      const { code } = client.allocate(evenPort(true));
      if (code === undefined) client.refresh(0);
      return code;
    });
    expect(codes).toEqual([undefined, undefined, undefined, undefined, undefined, 486, 486, 486]);
    harness.advance(32);
    expect(harness.server.store.timers).toBe(0);
    expect(new Set(harness.closed).size).toBe(10);
  });
});
