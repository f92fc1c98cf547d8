import { Endpoint } from '../../../relay/src/net/endpoint';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { type Answer, Client, readAnswer, settings, type SettingsOptions } from './harness';
import { type Thread, Threads } from './sibling-harness';

function ticketOf({ reader }: Answer): Buffer {
  const index = reader.find(Attribute.MobilityTicket);
  if (index < 0) throw new Error('no MOBILITY-TICKET');
  return Buffer.from(reader.value(index));
}

function clientOf(thread: Thread, port: number): Client {
  return new Client(thread, { socket: thread.socket, port, address: '198.51.100.7' });
}

/** A client at home in thread 1 with a permission and a channel, and itself where the kernel gives it to thread 2. */
function roaming(options: SettingsOptions = {}, count = 2) {
  const threads = new Threads(count, { mobility: true, ...options });
  const [one, two] = [threads.of(1), threads.of(2)];
  const home = new Client(one, { socket: one.socket, port: 1001 });
  const ticket = ticketOf(home.allocate(writer => writer.empty(Attribute.MobilityTicket)));
  home.bind(0x4000, '10.1.0.1', 20_000);
  return { threads, one, two, home, ticket, away: clientOf(two, 2002) };
}

/** Sends a request, after one that brings the nonce: the answer may come from any thread. */
function send(client: Client, method: number, attributes: Parameters<Client['signedRequest']>[1], id = 99): void {
  if (client.refresh().code !== 437) throw new Error('this client has an allocation');
  client.raw(client.signedRequest(method, attributes, id));
}

function resume(client: Client, ticket: Uint8Array, { lifetime = 600, id = 99 } = {}): void {
  send(
    client,
    Method.Refresh,
    writer => writer.uint32(Attribute.Lifetime, lifetime).bytes(Attribute.MobilityTicket, ticket),
    id,
  );
}

/** The same without a new nonce: an `expected` client must not send any other request. */
function resumeAgain(client: Client, ticket: Uint8Array, id = 99): void {
  const attributes: Parameters<Client['signedRequest']>[1] = writer =>
    writer.uint32(Attribute.Lifetime, 600).bytes(Attribute.MobilityTicket, ticket);
  client.raw(client.signedRequest(Method.Refresh, attributes, id));
}

function lastAnswer(thread: Thread): Answer {
  return readAnswer(thread.toClient.at(-1)!.bytes);
}

function deliveredTo(thread: Thread): number {
  const { length } = thread.toClient;
  thread.fromPeer('10.1.0.1', 20_000, 'media');
  return thread.toClient.length === length ? 0 : thread.toClient.at(-1)!.flow.client.port;
}

describe('Refresh with a ticket of another thread’s (RFC 8016 3.2)', () => {
  test('is answered by that thread, and data go on to the old 5-tuple', () => {
    const { threads, one, two, away, ticket } = roaming();
    resume(away, ticket);
    const sent = two.toClient.length;
    threads.deliver();
    expect(two.toClient).toHaveLength(sent);
    expect(one.toClient.at(-1)!.flow).toMatchObject({ socket: one.socket, client: { port: 2002 } });
    expect(lastAnswer(one).messageClass).toBe(MessageClass.Success);
    expect(ticketOf(lastAnswer(one))).not.toEqual(ticket);
    expect(deliveredTo(one)).toBe(1001);
    expect([...threads.holders.values()]).toEqual([1]);
  });

  test('the first packet by the new one brings the allocation over, and is relayed there', () => {
    const { threads, one, two, home, away, ticket } = roaming();
    resume(away, ticket);
    threads.deliver();
    away.channelData(0x4000, 'hello');
    threads.deliver();
    expect([...threads.holders.values()]).toEqual([2]);
    expect(two.toPeer.map(({ data }) => data.toString())).toEqual(['hello']);
    expect(deliveredTo(two)).toBe(2002);
    expect([one.server.store.size, two.server.store.size]).toEqual([0, 1]);
    expect(one.server.store.timers).toBe(0);
    expect([one.moves, two.moves, one.ends, two.ends]).toEqual([1, 0, [], []]);

    home.channelData(0x4000, 'late');
    expect(one.server.counters.drops['no-allocation']).toBe(1);
    expect(home.refresh().code).toBe(437);
  });

  test.each<[string, (client: Client) => unknown]>([
    ['a Send indication', client => client.send('10.1.0.1', 20_000, 'x')],
    ['CreatePermission', client => signed(client, Method.CreatePermission)],
    ['Refresh without a ticket', client => signed(client, Method.Refresh)],
  ])('%s brings it over too', (_, packet) => {
    const { threads, two, away, ticket } = roaming();
    resume(away, ticket);
    threads.deliver();
    packet(away);
    threads.deliver();
    expect(deliveredTo(two)).toBe(2002);
  });

  test('a request that brings it over is answered', () => {
    const { threads, two, away, ticket } = roaming();
    resume(away, ticket);
    threads.deliver();
    signed(away, Method.Refresh);
    threads.deliver();
    expect(lastAnswer(two)).toMatchObject({ messageClass: MessageClass.Success, method: Method.Refresh });
  });

  test('Refresh with the new ticket brings it over at once, and the next ticket', () => {
    const { threads, one, two, away, ticket } = roaming();
    resume(away, ticket);
    threads.deliver();
    const second = ticketOf(lastAnswer(one));
    resumeAgain(away, second, 100);
    threads.deliver();
    const third = ticketOf(lastAnswer(one));
    expect(third).not.toEqual(second);
    expect([...threads.holders.values()]).toEqual([2]);
    // Its answer may have been lost: both tickets are still good, in the thread where they are now.
    resumeAgain(away, second, 100);
    expect(ticketOf(lastAnswer(two))).toEqual(third);
  });

  test('sent again, as its answer was lost: the same ticket, and no move yet', () => {
    const { threads, one, away, ticket } = roaming();
    resume(away, ticket);
    threads.deliver();
    const first = ticketOf(lastAnswer(one));
    resumeAgain(away, ticket);
    threads.deliver();
    expect(ticketOf(lastAnswer(one))).toEqual(first);
    expect(deliveredTo(one)).toBe(1001);
  });

  test('while it is asked for, a retransmission asks nothing again', () => {
    const { threads, away, ticket } = roaming();
    resume(away, ticket);
    const asked = threads.mail.length;
    resumeAgain(away, ticket);
    expect(threads.mail).toHaveLength(asked);
  });

  test('Binding brings nothing over: it needs no credential', () => {
    const { threads, one, away, ticket } = roaming();
    resume(away, ticket);
    threads.deliver();
    away.raw(away.message(MessageClass.Request, Method.Binding));
    expect(threads.mail).toEqual([]);
    expect(deliveredTo(one)).toBe(1001);
  });

  test('without a packet in 30 seconds the move is off; home works on, and the ticket is still good', () => {
    const { threads, one, two, home, away, ticket } = roaming();
    resume(away, ticket);
    threads.deliver();
    threads.advance(32);
    away.channelData(0x4000, 'too late');
    threads.deliver();
    expect(two.server.counters.drops['no-allocation']).toBe(1);
    home.channelData(0x4000, 'still here');
    expect(one.toPeer).toHaveLength(1);
    resume(away, ticket);
    threads.deliver();
    away.channelData(0x4000, 'now');
    threads.deliver();
    expect(two.toPeer).toHaveLength(1);
  });

  test('lifetime 0 ends the allocation where it is', () => {
    const { threads, one, two, away, ticket } = roaming();
    resume(away, ticket, { lifetime: 0 });
    threads.deliver();
    expect(lastAnswer(one).messageClass).toBe(MessageClass.Success);
    expect(one.ends).toEqual(['released']);
    expect([...threads.holders.values()]).toEqual(['closed']);
    expect([one.server.store.timers, two.server.store.timers]).toEqual([0, 0]);
  });
});

describe('who may not move', () => {
  test('an unknown ticket: 437, from the thread that was asked', () => {
    const { threads, two, away } = roaming({}, 3);
    resume(away, new Uint8Array(16));
    threads.deliver();
    expect(lastAnswer(two).code).toBe(437);
    expect(two.server.store.timers).toBe(0);
  });

  test('another user’s ticket: 441, and nothing moves', () => {
    const { threads, one, two, ticket } = roaming();
    const bob = clientOf(two, 3003).as('bob', 'swordfish');
    resume(bob, ticket);
    threads.deliver();
    expect(lastAnswer(one).code).toBe(441);
    bob.channelData(0x4000, 'mine');
    threads.deliver();
    expect(deliveredTo(one)).toBe(1001);
  });

  test('another user at the 5-tuple of a move does not complete it', () => {
    const { threads, one, two, away, ticket } = roaming();
    resume(away, ticket);
    threads.deliver();
    away.as('bob', 'swordfish');
    const sent = two.toClient.length;
    signed(away, Method.CreatePermission);
    threads.deliver();
    expect(two.toClient).toHaveLength(sent + 1);
    expect(lastAnswer(two).code).toBe(437);
    expect(deliveredTo(one)).toBe(1001);
  });

  test('Allocate at the 5-tuple of a move: 437', () => {
    const { threads, two, away, ticket } = roaming();
    resume(away, ticket);
    threads.deliver();
    away.raw(away.signedRequest(Method.Allocate, writer => writer.uint32(Attribute.RequestedTransport, 17 << 24)));
    expect(lastAnswer(two).code).toBe(437);
  });

  test('while mobility is off: 405', () => {
    const { threads, two, away, ticket } = roaming();
    two.server.apply(settings());
    resume(away, ticket);
    expect(threads.mail).toEqual([]);
    expect(lastAnswer(two).code).toBe(405);
  });
});

describe('nothing is lost or gained on the way', () => {
  test('what the client sends before its allocation is there waits for it, in order', () => {
    const { threads, two, away, ticket } = roaming();
    resume(away, ticket);
    // The answer to the client may be faster than that to the thread.
    away.channelData(0x4000, '1');
    threads.deliver();
    expect(threads.of(2).toPeer.map(({ data }) => data.toString())).toEqual(['1']);

    const third = new Client(threads.of(1), { socket: threads.of(1).socket, port: 3003 });
    resume(third, newestTicket(two));
    threads.deliver();
    third.channelData(0x4000, '2');
    third.channelData(0x4000, '3');
    third.send('10.1.0.1', 20_000, '4');
    threads.deliver();
    expect(threads.of(1).toPeer.map(({ data }) => data.toString())).toEqual(['2', '3', '4']);
  });

  test('what waits is bounded: 32 packets, and 32 KiB', () => {
    const { threads, two, away, ticket } = roaming();
    resume(away, ticket);
    for (let i = 0; i < 40; i++) away.channelData(0x4000, `${i}`);
    expect(two.server.counters.drops['no-allocation']).toBe(8);
    threads.deliver();
    expect(two.toPeer).toHaveLength(32);
  });

  test('permissions, channels and lifetimes end when they would have', () => {
    const { threads, one, two, home, away, ticket } = roaming();
    threads.advance(100);
    home.permit('10.1.0.2');
    threads.advance(100);
    resume(away, ticket);
    threads.deliver();
    away.channelData(0x4000, 'x');
    threads.deliver();
    const heard = (peer: string): boolean => {
      const { length } = two.toClient;
      two.fromPeer(peer, 20_000, 'x');
      return two.toClient.length > length;
    };
    threads.advance(95);
    expect([heard('10.1.0.1'), heard('10.1.0.2')]).toEqual([true, true]);
    threads.advance(10);
    expect([heard('10.1.0.1'), heard('10.1.0.2')]).toEqual([false, true]);
    threads.advance(100);
    expect(heard('10.1.0.2')).toBe(false);
    expect(two.ends).toEqual([]);
    threads.advance(400);
    expect(two.ends).toEqual(['expired']);
    expect([one.server.store.timers, two.server.store.timers]).toEqual([0, 0]);
    expect([...threads.holders.values()]).toEqual(['closed']);
  });

  test('a channel is unbound when it would have been, though its permission lives', () => {
    const { threads, two, home, away, ticket } = roaming();
    for (let i = 0; i < 2; i++) {
      threads.advance(250);
      home.permit('10.1.0.1');
      home.refresh();
    }
    resume(away, ticket);
    threads.deliver();
    away.channelData(0x4000, 'bound');
    threads.deliver();
    threads.advance(95);
    away.channelData(0x4000, 'still');
    expect(two.toPeer).toHaveLength(2);
    threads.advance(10);
    away.channelData(0x4000, 'no more');
    expect(two.toPeer).toHaveLength(2);
    expect(two.server.counters.drops['unbound-channel']).toBe(1);
  });

  test('both families of a dual allocation move', () => {
    const threads = new Threads(2, { mobility: true });
    const [one, two] = [threads.of(1), threads.of(2)];
    const home = new Client(one, { socket: one.socket, port: 1001 });
    const ticket = ticketOf(
      home.allocate(writer =>
        writer.uint32(Attribute.AdditionalAddressFamily, 2 << 24).empty(Attribute.MobilityTicket),
      ),
    );
    home.permit('10.1.0.1', 'fd00:1::1');
    const away = clientOf(two, 2002);
    resume(away, ticket);
    threads.deliver();
    away.send('fd00:1::1', 20_000, 'six');
    threads.deliver();
    away.send('10.1.0.1', 20_000, 'four');
    expect(two.toPeer.map(({ relay }) => relay.family)).toEqual([6, 4]);
    expect([...threads.holders.values()]).toEqual([2, 2]);
  });

  test('a rate goes on where it was: moving brings no new burst', () => {
    const { threads, two, home, away, ticket } = roaming({ limits: { packetsPerSecond: 5 } });
    for (let i = 0; i < 4; i++) home.channelData(0x4000, 'x');
    resume(away, ticket);
    threads.deliver();
    for (let i = 0; i < 5; i++) away.channelData(0x4000, 'x');
    threads.deliver();
    expect(two.toPeer).toHaveLength(1);
    expect(two.server.counters.drops['rate-limited']).toBe(4);
  });

  test('the quota stays charged to who made the allocation, in the thread that has it', () => {
    const { threads, one, two, away, ticket } = roaming({ limits: { allocationsPerSource: 1 } });
    resume(away, ticket);
    threads.deliver();
    away.channelData(0x4000, 'x');
    threads.deliver();
    const at = (thread: Thread, port: number): Client => new Client(thread, { socket: thread.socket, port });
    expect(at(two, 4004).allocate().code).toBe(486);
    expect(at(one, 4004).allocate().code).toBeUndefined();
    away.refresh(0);
    expect(at(two, 4004).allocate().code).toBeUndefined();
  });

  test('a route that the new thread does not have any more takes its permission away', () => {
    const { threads, two, away, ticket } = roaming();
    two.server.apply(settings({ mobility: true, clusters: [] }));
    resume(away, ticket);
    threads.deliver();
    away.channelData(0x4000, 'no longer');
    threads.deliver();
    expect(two.toPeer).toEqual([]);
    expect(two.denials.map(({ use }) => use)).toEqual(['existing permission']);
    expect(two.server.store.size).toBe(1);
  });

  test('a 5-tuple has one move at a time, the latest: what was to come there before stays where it is', () => {
    const { threads, one, away, ticket } = roaming({}, 3);
    const three = threads.of(3);
    const other = new Client(three, { socket: three.socket, port: 4004 });
    const otherTicket = ticketOf(other.allocate(writer => writer.empty(Attribute.MobilityTicket)));
    resume(away, ticket);
    threads.deliver();
    resumeAgain(away, otherTicket, 100);
    threads.deliver();
    away.channelData(0x4000, 'x');
    threads.deliver();
    expect([...threads.holders.values()]).toEqual([1, 2]);
    expect(deliveredTo(one)).toBe(1001);
  });

  test('from thread to thread and back again', () => {
    const { threads, two, away, ticket } = roaming({}, 3);
    resume(away, ticket);
    threads.deliver();
    away.channelData(0x4000, 'x');
    threads.deliver();
    for (const [from, to] of [
      [two, threads.of(3)],
      [threads.of(3), threads.of(1)],
      [threads.of(1), two],
    ] as const) {
      const next = clientOf(to, 5000 + to.number);
      resume(next, newestTicket(from));
      threads.deliver();
      next.channelData(0x4000, 'x');
      threads.deliver();
      expect(deliveredTo(to)).toBe(5000 + to.number);
      expect([...threads.holders.values()]).toEqual([to.number]);
    }
  });

  test('no answer in time: the client hears nothing, and what comes late is closed', () => {
    const { threads, two, away, ticket } = roaming();
    resume(away, ticket);
    threads.deliver();
    away.channelData(0x4000, 'x');
    const sent = two.toClient.length;
    threads.advance(5);
    threads.deliver();
    expect(two.toClient).toHaveLength(sent);
    expect([...threads.holders.values()]).toEqual(['closed']);
    expect(two.server.store.timers).toBe(0);
  });

  test('the listener is removed meanwhile: what comes is closed', () => {
    const { threads, two, away, ticket } = roaming();
    resume(away, ticket);
    threads.deliver();
    away.channelData(0x4000, 'x');
    two.server.apply(settings({ mobility: true, listeners: ['stunner/edge/other'] }));
    threads.deliver();
    expect([...threads.holders.values()]).toEqual(['closed']);
    expect(two.server.store.timers).toBe(0);
  });
});

test('while it drains, a thread that gets an allocation is not empty any more, until it is', () => {
  const { threads, one, two, away, ticket } = roaming();
  const empty: number[] = [];
  for (const { number, server } of threads.all) server.drain(() => empty.push(number));
  expect(empty).toEqual([2]);
  resume(away, ticket);
  threads.deliver();
  away.channelData(0x4000, 'x');
  threads.deliver();
  expect(empty).toEqual([2]);
  threads.advance(1);
  expect(empty).toEqual([2, 1]);
  away.refresh(0);
  expect(empty).toEqual([2, 1, 2]);
  expect([one.server.store.size, two.server.store.size]).toEqual([0, 0]);
});

/** What the client has been told last of the allocation that a thread has. */
function newestTicket(thread: Thread): Buffer {
  const [allocation] = thread.server.store.all();
  return Buffer.from(allocation!.tickets.at(-1)!, 'hex');
}

/** An authenticated request that is answered by nobody at once. */
function signed(client: Client, method: number): void {
  client.raw(
    client.signedRequest(method, writer => {
      if (method === Method.CreatePermission) writer.xorAddress(Attribute.XorPeerAddress, Endpoint.of('10.1.0.1'));
    }),
  );
}
