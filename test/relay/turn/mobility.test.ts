import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { type Answer, Client, Harness, LISTENER, settings } from './harness';

const OTHER = 'stunner/edge/other';

function ticketOf({ reader }: Answer): Buffer {
  const index = reader.find(Attribute.MobilityTicket);
  if (index < 0) throw new Error('no MOBILITY-TICKET');
  return Buffer.from(reader.value(index));
}

function allocate(client: Client): Answer {
  return client.allocate(writer => writer.empty(Attribute.MobilityTicket));
}

function resume(client: Client, ticket: Uint8Array, lifetime = 600): Answer {
  return client.request(Method.Refresh, writer =>
    writer.uint32(Attribute.Lifetime, lifetime).bytes(Attribute.MobilityTicket, ticket),
  );
}

/** A client at home with a permission and a channel, and itself at another address. */
function roaming(limits = {}) {
  const harness = new Harness({ mobility: true, limits });
  const home = new Client(harness, { port: 1001 });
  const ticket = ticketOf(allocate(home));
  home.bind(0x4000, '10.1.0.1', 20_000);
  const away = new Client(harness, { address: '198.51.100.7', port: 2002 });
  const deliveredTo = (): number => {
    harness.fromPeer('10.1.0.1', 20_000, 'media');
    return harness.toClient.at(-1)!.flow.client.port;
  };
  return { harness, home, away, ticket, deliveredTo };
}

describe('MOBILITY-TICKET in Allocate (RFC 8016 3.1)', () => {
  test('empty: a ticket of random bytes comes back', () => {
    const { ticket } = roaming();
    expect(ticket.length).toBeGreaterThanOrEqual(16);
  });

  test('while mobility is off: 405', () => {
    expect(allocate(new Client(new Harness())).code).toBe(405);
  });

  test('not empty: 400', () => {
    const client = new Client(new Harness({ mobility: true }));
    expect(client.allocate(w => w.bytes(Attribute.MobilityTicket, new Uint8Array(4))).code).toBe(400);
  });

  test('who does not ask gets none, and cannot move', () => {
    const answer = new Client(new Harness({ mobility: true })).allocate();
    expect(answer.reader.has(Attribute.MobilityTicket)).toBe(false);
  });
});

describe('Refresh with a ticket by another 5-tuple (RFC 8016 3.2)', () => {
  test('is answered there with a new ticket, and data goes there from the first packet on', () => {
    const { harness, home, away, ticket, deliveredTo } = roaming();
    const answer = resume(away, ticket);
    expect(answer.messageClass).toBe(MessageClass.Success);
    expect(ticketOf(answer)).not.toEqual(ticket);
    expect(deliveredTo()).toBe(1001);

    away.channelData(0x4000, 'hello');
    expect(harness.toPeer.at(-1)!.data.toString()).toBe('hello');
    expect(deliveredTo()).toBe(2002);
    expect(harness.moves).toBe(1);

    home.channelData(0x4000, 'late');
    expect(harness.toPeer).toHaveLength(1);
    expect(harness.server.counters.drops['no-allocation']).toBe(1);
    expect(home.refresh().code).toBe(437);
    expect(harness.server.store.size).toBe(1);
  });

  test.each<[string, (client: Client) => unknown]>([
    ['a Send indication', client => client.send('10.1.0.1', 20_000, 'x')],
    ['CreatePermission', client => client.permit('10.1.0.1')],
    ['ChannelBind', client => client.bind(0x4000, '10.1.0.1', 20_000)],
    ['Refresh without a ticket', client => client.refresh()],
  ])('%s completes the move too', (_, packet) => {
    const { away, ticket, deliveredTo } = roaming();
    resume(away, ticket);
    packet(away);
    expect(deliveredTo()).toBe(2002);
  });

  test('Refresh with the new ticket completes it, and brings the next ticket', () => {
    const { away, ticket, deliveredTo } = roaming();
    const second = ticketOf(resume(away, ticket));
    const third = ticketOf(resume(away, second));
    expect(deliveredTo()).toBe(2002);
    expect(third).not.toEqual(second);
  });

  test('sent again, as its answer was lost: the same ticket, and no move yet', () => {
    const { away, ticket, deliveredTo } = roaming();
    const first = ticketOf(resume(away, ticket));
    expect(ticketOf(resume(away, ticket))).toEqual(first);
    expect(deliveredTo()).toBe(1001);
  });

  test('Binding does not complete it: it needs no credential', () => {
    const { away, ticket, deliveredTo } = roaming();
    resume(away, ticket);
    away.raw(away.message(MessageClass.Request, Method.Binding));
    expect(deliveredTo()).toBe(1001);
  });

  test('without a packet in 30 seconds the move is off; home works on, and the ticket is still good', () => {
    const { harness, home, away, ticket, deliveredTo } = roaming();
    resume(away, ticket);
    harness.advance(32);
    away.channelData(0x4000, 'too late');
    expect(harness.toPeer).toEqual([]);
    expect(deliveredTo()).toBe(1001);
    home.channelData(0x4000, 'still here');
    expect(harness.toPeer).toHaveLength(1);
    resume(away, ticket);
    away.channelData(0x4000, 'now');
    expect(deliveredTo()).toBe(2002);
  });

  test('an allocation has one move at a time: the latest', () => {
    const { harness, away, ticket, deliveredTo } = roaming();
    const third = new Client(harness, { address: '198.51.100.8', port: 3003 });
    resume(away, ticket);
    resume(third, ticket);
    away.channelData(0x4000, 'overtaken');
    expect(harness.toPeer).toEqual([]);
    third.channelData(0x4000, 'hello');
    expect(deliveredTo()).toBe(3003);
  });

  test('a used ticket is worth nothing once the move is complete: 437', () => {
    const { harness, away, ticket } = roaming();
    resume(away, ticket);
    away.permit('10.1.0.1');
    expect(resume(new Client(harness, { port: 3003 }), ticket).code).toBe(437);
  });

  test('an unknown ticket: 437', () => {
    expect(resume(roaming().away, new Uint8Array(16)).code).toBe(437);
  });

  test('another user’s ticket: 441, and nothing moves', () => {
    const { harness, ticket, deliveredTo } = roaming();
    const bob = new Client(harness, { port: 3003 }, 'bob', 'swordfish');
    expect(resume(bob, ticket).code).toBe(441);
    bob.channelData(0x4000, 'mine');
    expect(deliveredTo()).toBe(1001);
  });

  test('another user at the 5-tuple of a move does not complete it', () => {
    const { away, ticket, deliveredTo } = roaming();
    resume(away, ticket);
    away.as('bob', 'swordfish');
    expect(away.permit('10.1.0.1').code).toBe(437);
    expect(deliveredTo()).toBe(1001);
  });

  test('while mobility is off: 405', () => {
    const { harness, away, ticket } = roaming();
    harness.server.apply(settings());
    expect(resume(away, ticket).code).toBe(405);
  });

  test('Allocate at the 5-tuple of a move: 437', () => {
    const { away, ticket } = roaming();
    resume(away, ticket);
    expect(away.allocate().code).toBe(437);
  });

  test('lifetime 0 ends the allocation', () => {
    const { harness, away, ticket } = roaming();
    expect(resume(away, ticket, 0).messageClass).toBe(MessageClass.Success);
    expect(harness.ends).toEqual(['released']);
    expect(harness.closed).toEqual(harness.opened);
    expect(harness.server.store.timers).toBe(0);
  });
});

describe('a ticket at home (RFC 8016 3.2)', () => {
  test('is renewed by Refresh', () => {
    const { home, ticket } = roaming();
    const renewed = ticketOf(resume(home, ticket));
    expect(renewed).not.toEqual(ticket);
    expect(ticketOf(resume(home, renewed))).not.toEqual(renewed);
  });

  test('of another allocation: 437', () => {
    const { harness, ticket } = roaming();
    const second = new Client(harness, { port: 1002 });
    allocate(second);
    expect(resume(second, ticket).code).toBe(437);
  });
});

describe('nothing is lost or gained by moving', () => {
  test('the quota stays charged to who made the allocation, however often it moves', () => {
    const { harness, away, ticket } = roaming({ allocationsPerStaticUser: 1, allocationsPerSource: 1 });
    resume(away, ticket);
    away.permit('10.1.0.1');
    expect(new Client(harness, { port: 4004 }).allocate().code).toBe(486);
    away.refresh(0);
    expect(new Client(harness, { port: 4004 }).allocate().messageClass).toBe(MessageClass.Success);
  });

  test('an allocation that expires during a move leaves nothing', () => {
    const { harness, away, ticket } = roaming();
    harness.advance(590);
    resume(away, ticket);
    harness.advance(602);
    expect(harness.ends).toEqual(['expired']);
    expect(harness.server.store.timers).toBe(0);
    expect(resume(away, ticket).code).toBe(437);
  });

  test('a stream that breaks keeps its allocation for its lifetime, and the client resumes by another', () => {
    const harness = new Harness({ mobility: true });
    const home = new Client(harness, { transport: 'tcp', socket: 8 });
    const ticket = ticketOf(allocate(home));
    home.bind(0x4000, '10.1.0.1', 20_000);
    harness.server.flowClosed(home.flow);
    expect(harness.ends).toEqual([]);
    const away = new Client(harness, { transport: 'tcp', socket: 9 });
    resume(away, ticket);
    away.channelData(0x4000, 'hi', 2);
    harness.fromPeer('10.1.0.1', 20_000, 'media');
    expect(harness.toClient.at(-1)!.flow.socket).toBe(9);
    harness.advance(602);
    expect(harness.ends).toEqual(['expired']);
  });

  test('a stream that breaks during its move ends the move only', () => {
    const { harness, ticket, deliveredTo } = roaming();
    const away = new Client(harness, { transport: 'tcp', socket: 9 });
    resume(away, ticket);
    harness.server.flowClosed(away.flow);
    away.channelData(0x4000, 'x', 3);
    expect(deliveredTo()).toBe(1001);
  });

  test('a listener without the route takes the permission away', () => {
    const { harness, ticket } = roaming();
    const both = settings({ mobility: true, listeners: [LISTENER, OTHER] });
    const other = settings({ mobility: true, listeners: [OTHER], clusters: [] }).listeners.get(OTHER)!;
    harness.server.apply({ ...both, listeners: new Map([...both.listeners, [OTHER, other]]) });
    const away = new Client(harness, { listener: OTHER, port: 3003 });
    resume(away, ticket);
    away.channelData(0x4000, 'no longer');
    expect(harness.toPeer).toEqual([]);
    expect(harness.denials.map(({ use }) => use)).toEqual(['existing permission']);
  });
});
