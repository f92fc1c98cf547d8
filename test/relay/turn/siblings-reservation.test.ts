import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { type Answer, Client, readAnswer, settings, type SettingsOptions } from './harness';
import { type Thread, Threads } from './sibling-harness';

const claimed = (token: Uint8Array) => (writer: { bytes(type: number, value: Uint8Array): unknown }) =>
  writer.bytes(Attribute.ReservationToken, token);

/** A pair of ports made in thread 1, and the token of the second. */
function reserved(options: SettingsOptions = {}, count = 2) {
  const threads = new Threads(count, options);
  const first = clientOf(threads.of(1), 1001);
  const { reader } = first.allocate(writer => writer.bytes(Attribute.EvenPort, Uint8Array.of(0x80)));
  const token = Buffer.from(reader.value(reader.find(Attribute.ReservationToken)));
  return { threads, first, token };
}

function clientOf(thread: Thread, port: number): Client {
  return new Client(thread, { socket: thread.socket, port });
}

/** Sends an Allocate with a token, after a request that brings the nonce. The answer is still to come. */
function ask(client: Client, token: Uint8Array, id = 77): void {
  if (client.refresh().code !== 437) throw new Error('this client has an allocation');
  askAgain(client, token, id);
}

function askAgain(client: Client, token: Uint8Array, id = 77): void {
  const attributes = claimed(token);
  client.raw(
    client.signedRequest(
      Method.Allocate,
      writer => attributes(writer.uint32(Attribute.RequestedTransport, 17 << 24)),
      id,
    ),
  );
}

function lastAnswer(thread: Thread): Answer {
  return readAnswer(thread.toClient.at(-1)!.bytes);
}

describe('a RESERVATION-TOKEN shown to another thread (RFC 8656 7.2)', () => {
  test('is claimed there: the bound socket changes hands, and relays for its new client', () => {
    const { threads, token } = reserved();
    const second = clientOf(threads.of(2), 1002);
    ask(second, token);
    expect(threads.holders.get(1)).toBe(1);
    threads.deliver();

    const answer = lastAnswer(threads.of(2));
    expect(answer.messageClass).toBe(MessageClass.Success);
    expect(answer.address(Attribute.XorRelayedAddress)).toBe('192.0.2.10:50001');
    expect([...threads.holders.values()]).toEqual([1, 2]);
    second.permit('10.1.0.1');
    threads.of(2).fromPeer('10.1.0.1', 20_000, 'hello');
    expect(threads.of(2).toClient.at(-1)!.flow.client.port).toBe(1002);
    second.send('10.1.0.1', 20_000, 'back');
    expect(threads.of(2).toPeer.at(-1)!.relay.handle).toBe(1);
  });

  test('lives with its allocation, and is closed once, by the thread that has it', () => {
    const { threads, token } = reserved();
    const second = clientOf(threads.of(2), 1002);
    ask(second, token);
    threads.deliver();
    threads.advance(60);
    expect(threads.holders.get(1)).toBe(2);
    second.refresh(0);
    expect([...threads.holders.values()]).toEqual([1, 'closed']);
    threads.advance(700);
    expect([...threads.holders.values()]).toEqual(['closed', 'closed']);
    expect(threads.all.map(({ server }) => server.store.timers)).toEqual([0, 0]);
  });

  test.each<[string, (threads: Threads) => Client]>([
    ['another user', ({ all }) => clientOf(all[1]!, 1002).as('bob', 'swordfish')],
    ['another listener', ({ all }) => new Client(all[1]!, { socket: 12, port: 1002, listener: 'stunner/edge/other' })],
  ])('by %s: 508, and its owner still claims it', (_, stranger) => {
    const { threads, token } = reserved({ listeners: ['stunner/edge/udp', 'stunner/edge/other'] });
    ask(stranger(threads), token);
    threads.deliver();
    expect(lastAnswer(threads.of(2)).code).toBe(508);
    expect(threads.of(2).server.store.size).toBe(0);

    ask(clientOf(threads.of(2), 1003), token);
    threads.deliver();
    expect(lastAnswer(threads.of(2)).messageClass).toBe(MessageClass.Success);
  });

  test('that nobody gave: 508, and nothing stays', () => {
    const threads = new Threads(3);
    ask(clientOf(threads.of(2), 1002), Buffer.from('nonsense'));
    threads.deliver();
    expect(lastAnswer(threads.of(2)).code).toBe(508);
    expect(threads.all.map(({ server }) => server.store.timers)).toEqual([0, 0, 0]);
  });

  test('by two threads at once: one has it, the other gets 508', () => {
    const { threads, token } = reserved({}, 3);
    ask(clientOf(threads.of(2), 1002), token);
    ask(clientOf(threads.of(3), 1003), token);
    threads.deliver();
    expect(lastAnswer(threads.of(2)).messageClass).toBe(MessageClass.Success);
    expect(lastAnswer(threads.of(3)).code).toBe(508);
    expect([...threads.holders.values()]).toEqual([1, 2]);
  });

  test('that has run out meanwhile: 508, and the socket is closed', () => {
    const { threads, token } = reserved();
    threads.advance(32);
    ask(clientOf(threads.of(2), 1002), token);
    threads.deliver();
    expect(lastAnswer(threads.of(2)).code).toBe(508);
    expect(threads.holders.get(1)).toBe('closed');
  });
});

describe('while the answer is on its way', () => {
  test('a retransmission asks nothing again; once answered, it gets the same answer', () => {
    const { threads, token } = reserved();
    const second = clientOf(threads.of(2), 1002);
    ask(second, token);
    const asked = threads.mail.length;
    askAgain(second, token);
    expect(threads.mail).toHaveLength(asked);
    threads.deliver();
    const sent = threads.of(2).toClient.length;
    askAgain(second, token);
    expect(threads.of(2).toClient).toHaveLength(sent + 1);
    expect(lastAnswer(threads.of(2)).address(Attribute.XorRelayedAddress)).toBe('192.0.2.10:50001');
  });

  test('another Allocate by the same 5-tuple: 437', () => {
    const { threads, token } = reserved();
    const second = clientOf(threads.of(2), 1002);
    ask(second, token);
    expect(second.allocate().code).toBe(437);
  });

  test('no answer in time: 508; what comes late is closed', () => {
    const { threads, token } = reserved();
    ask(clientOf(threads.of(2), 1002), token);
    threads.advance(5);
    expect(lastAnswer(threads.of(2)).code).toBe(508);
    threads.deliver();
    expect(threads.holders.get(1)).toBe('closed');
  });

  test('the listener is removed: what comes is closed, and the client hears nothing', () => {
    const { threads, token } = reserved();
    ask(clientOf(threads.of(2), 1002), token);
    const sent = threads.of(2).toClient.length;
    threads.of(2).server.apply(settings({ listeners: ['stunner/edge/other'] }));
    threads.deliver();
    expect(threads.of(2).toClient).toHaveLength(sent);
    expect(threads.holders.get(1)).toBe('closed');
  });

  test('questions are bounded: one too many is not answered, and its retransmission is', () => {
    const { threads, token } = reserved();
    for (let i = 0; i < 256; i++) ask(clientOf(threads.of(2), 2000 + i), Buffer.from('nonsense'), i + 1);
    const sent = threads.of(2).toClient.length;
    const late = clientOf(threads.of(2), 1002);
    ask(late, token);
    // A challenge and 437 for the nonce, and no more.
    expect(threads.of(2).toClient).toHaveLength(sent + 2);
    expect(threads.of(2).server.counters.drops['too-many-questions']).toBe(1);
    threads.deliver();
    askAgain(late, token);
    threads.deliver();
    expect(lastAnswer(threads.of(2)).messageClass).toBe(MessageClass.Success);
  });
});

test('questions have a rate: whoever has a credential cannot keep all threads busy', () => {
  const threads = new Threads();
  const client = clientOf(threads.of(2), 1002);
  if (client.refresh().code !== 437) throw new Error('this client has an allocation');
  for (let i = 0; i < 2100; i++) {
    askAgain(client, Buffer.from('nonsense'), i + 1);
    threads.deliver();
  }
  expect(threads.of(2).server.counters.drops['too-many-questions']).toBe(100);
  threads.advance(1);
  askAgain(client, Buffer.from('nonsense'), 9000);
  threads.deliver();
  expect(threads.of(2).server.counters.drops['too-many-questions']).toBe(100);
});

test('the charge moves with the reservation: neither free nor doubled', () => {
  const { threads, first, token } = reserved({ limits: { allocationsPerStaticUser: 2 } });
  const second = clientOf(threads.of(2), 1002);
  ask(second, token);
  threads.deliver();
  first.refresh(0);
  expect(clientOf(threads.of(1), 1003).allocate().code).toBeUndefined();
  expect(clientOf(threads.of(1), 1004).allocate().code).toBeUndefined();
  expect(clientOf(threads.of(2), 1005).allocate().code).toBeUndefined();
  expect(clientOf(threads.of(2), 1006).allocate().code).toBe(486);
});
