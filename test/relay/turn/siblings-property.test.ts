import fc from 'fast-check';
import type { MessageWriter } from '../../../relay/src/stun/message-writer';
import { Attribute, Method } from '../../../relay/src/stun/constants';
import { DEFAULT_LIMITS } from '../../../relay/src/turn/limits';
import { Client, readAnswer } from './harness';
import { Threads } from './sibling-harness';

const THREADS = 3;
const SEATS = 3;

type Asks = 'pair' | 'mobile' | 'claim' | 'move' | 'move and data' | 'data' | 'end';

/** What may happen, in any order: a client's request by one of its 5-tuples, an answer that arrives, time that passes. */
const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constantFrom<Asks>('pair', 'mobile', 'claim', 'move', 'move and data', 'data', 'end'),
        thread: fc.nat(THREADS - 1),
        seat: fc.nat(SEATS - 1),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('deliver' as const), which: fc.nat(7) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('deliver all' as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.nat(40) }) },
  ),
  { minLength: 30, maxLength: 120 },
);

/** Clients of one user, each with a 5-tuple in every thread; what they were told last, they use next. */
class Crowd {
  readonly threads = new Threads(THREADS, { mobility: true });
  private readonly clients: Client[][];
  private token: Uint8Array | undefined;
  private ticket: Uint8Array | undefined;

  constructor() {
    this.clients = this.threads.all.map(thread =>
      Array.from({ length: SEATS }, (_, seat) => {
        const client = new Client(thread, { socket: thread.socket, port: 1000 * thread.number + seat });
        client.refresh();
        return client;
      }),
    );
  }

  request(thread: number, seat: number, method: number, attributes: (writer: MessageWriter) => unknown): void {
    const client = this.clients[thread]![seat]!;
    client.raw(client.signedRequest(method, attributes));
    this.learn();
  }

  data(thread: number, seat: number): void {
    this.clients[thread]![seat]!.send('10.1.0.1', 20_000, 'x');
  }

  /** A token or a ticket that the last answers brought. */
  learn(): void {
    for (const { toClient } of this.threads.all) {
      for (const { bytes } of toClient.splice(0)) {
        const { reader } = readAnswer(bytes);
        const [token, ticket] = [reader.find(Attribute.ReservationToken), reader.find(Attribute.MobilityTicket)];
        if (token >= 0) this.token = Uint8Array.from(reader.value(token));
        if (ticket >= 0) this.ticket = Uint8Array.from(reader.value(ticket));
      }
    }
  }

  allocate(thread: number, seat: number, attributes: (writer: MessageWriter) => unknown): void {
    this.request(thread, seat, Method.Allocate, writer =>
      attributes(writer.uint32(Attribute.RequestedTransport, 17 << 24)),
    );
  }

  claim(thread: number, seat: number): void {
    const { token } = this;
    if (token !== undefined) this.allocate(thread, seat, writer => writer.bytes(Attribute.ReservationToken, token));
  }

  move(thread: number, seat: number): void {
    const { ticket } = this;
    if (ticket === undefined) return;
    this.request(thread, seat, Method.Refresh, writer => writer.bytes(Attribute.MobilityTicket, ticket));
  }
}

test('whatever happens in whatever order: no socket has two threads, none is lost, and nothing stays charged', () => {
  let adoptions = 0;
  fc.assert(
    fc.property(steps, all => {
      const crowd = new Crowd();
      const { threads } = crowd;
      for (const step of all) {
        switch (step.do) {
          case 'pair':
            crowd.allocate(step.thread, step.seat, writer => writer.bytes(Attribute.EvenPort, Uint8Array.of(0x80)));
            break;
          case 'mobile':
            crowd.allocate(step.thread, step.seat, writer => writer.empty(Attribute.MobilityTicket));
            break;
          case 'claim':
            crowd.claim(step.thread, step.seat);
            break;
          case 'move':
            crowd.move(step.thread, step.seat);
            break;
          case 'move and data':
            crowd.move(step.thread, step.seat);
            threads.deliver();
            crowd.data(step.thread, step.seat);
            break;
          case 'data':
            crowd.data(step.thread, step.seat);
            break;
          case 'end':
            crowd.request(step.thread, step.seat, Method.Refresh, writer => writer.uint32(Attribute.Lifetime, 0));
            break;
          case 'deliver':
            threads.deliverOne(step.which);
            break;
          case 'deliver all':
            threads.deliver();
            break;
          case 'wait':
            threads.advance(step.seconds);
        }
        crowd.learn();
        for (const { server, number } of threads.all) {
          for (const { relays } of server.store.all()) {
            for (const { handle } of relays) expect(threads.holders.get(handle)).toBe(number);
          }
        }
      }
      threads.deliver();
      threads.advance(700);
      threads.deliver();
      adoptions += threads.adoptions;
      expect([...threads.holders.values()].filter(holder => holder !== 'closed')).toEqual([]);
      const charge = { identity: { userId: 'alice', scope: { kind: 'gateway' } }, source: '' } as const;
      for (const { server } of threads.all) {
        expect([server.store.size, server.store.timers]).toEqual([0, 0]);
        const limits = { ...DEFAULT_LIMITS, allocationsPerStaticUser: 1, allocations: 1 };
        expect(server.store.usage.exceeded(charge, limits)).toBeUndefined();
      }
    }),
    { numRuns: 100 },
  );
  // Else nothing was shown.
  expect(adoptions).toBeGreaterThan(50);
});
