import { createHmac } from 'node:crypto';
import type { Credential } from '../../../relay/src/auth/credential';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { MessageClass, Method } from '../../../relay/src/stun/constants';
import { DEFAULT_LIMITS } from '../../../relay/src/turn/limits';
import { ReplyBudget } from '../../../relay/src/turn/reply-budget';
import { TokenBucket } from '../../../relay/src/turn/token-bucket';
import { Client, Harness } from './harness';

const SECRET = 'a shared secret of some length';
const EPHEMERAL: Credential = { type: 'ephemeral', scope: { kind: 'gateway' }, secrets: [SECRET] };

function ephemeral(harness: Harness, name: string, port: number): Client {
  const username = name === '' ? '99999' : `99999:${name}`;
  const password = createHmac('sha1', SECRET).update(username).digest('base64');
  return new Client(harness, { port }, username, password);
}

const allocated = (clients: Client[]): (number | undefined)[] => clients.map(client => client.allocate().code);
const times = (count: number, make: (i: number) => Client): Client[] =>
  Array.from({ length: count }, (_, i) => make(i));

describe('allocations of one user: 486 (RFC 8656 7.2)', () => {
  test('a time-limited user has a limit, another user has their own', () => {
    const harness = new Harness({ credentials: [EPHEMERAL], limits: { allocationsPerEphemeralUser: 2 } });
    const codes = allocated(times(3, i => ephemeral(harness, 'ann', 1000 + i)));
    expect(codes).toEqual([undefined, undefined, 486]);
    expect(ephemeral(harness, 'ben', 2000).allocate().code).toBeUndefined();
    expect(harness.refusals).toEqual(['user quota']);
    expect(harness.server.counters.refusals['user quota']).toBe(1);
  });

  test('a renewed name is the same user', () => {
    const harness = new Harness({ credentials: [EPHEMERAL], limits: { allocationsPerEphemeralUser: 1 } });
    ephemeral(harness, 'ann', 1000).allocate();
    const renewed = '88888:ann';
    const password = createHmac('sha1', SECRET).update(renewed).digest('base64');
    expect(new Client(harness, { port: 1001 }, renewed, password).allocate().code).toBe(486);
  });

  test('a name that tells nothing but its expiry may be everybody’s', () => {
    const harness = new Harness({ credentials: [EPHEMERAL], limits: { allocationsPerEphemeralUser: 1 } });
    expect(allocated(times(3, i => ephemeral(harness, '', 1000 + i)))).toEqual([undefined, undefined, undefined]);
  });

  test('a static user has none unless it is set', () => {
    const harness = new Harness({ limits: { allocationsPerSource: 0 } });
    expect(allocated(times(200, i => new Client(harness, { port: 1000 + i }))).every(code => code === undefined)).toBe(
      true,
    );
  });

  test.each(['refresh', 'expiry'] as const)('what ends by %s is free again', how => {
    const harness = new Harness({ limits: { allocationsPerStaticUser: 1 } });
    const [first, second] = [new Client(harness, { port: 1000 }), new Client(harness, { port: 1001 })];
    expect(allocated([first, second])).toEqual([undefined, 486]);
    if (how === 'refresh') first.refresh(0);
    else harness.advance(602);
    expect(second.allocate().code).toBeUndefined();
  });

  test('a socket that could not be had is not charged', () => {
    const harness = new Harness({ limits: { allocationsPerStaticUser: 1 } });
    harness.relayOpening = 'fails';
    expect(allocated(times(3, i => new Client(harness, { port: 1000 + i })))).toEqual([508, 508, 508]);
    expect(harness.server.counters.refusals['no relay socket']).toBe(3);
    harness.relayOpening = 'at once';
    expect(new Client(harness, { port: 1000 }).allocate().code).toBeUndefined();
  });
});

describe('allocations of one source: 486', () => {
  test('whoever the users are; another address has its own', () => {
    const harness = new Harness({ limits: { allocationsPerSource: 2 } });
    new Client(harness, { port: 1 }).allocate();
    new Client(harness, { port: 2 }, 'bob', 'swordfish').allocate();
    expect(new Client(harness, { port: 3 }).allocate().code).toBe(486);
    expect(harness.refusals).toEqual(['source quota']);
    expect(new Client(harness, { address: '203.0.113.6' }).allocate().code).toBeUndefined();
  });

  test('an IPv6 host has a /64', () => {
    const harness = new Harness({ limits: { allocationsPerSource: 1 } });
    new Client(harness, { address: '2001:db8::1' }).allocate();
    expect(new Client(harness, { address: '2001:db8::2:3' }).allocate().code).toBe(486);
    expect(new Client(harness, { address: '2001:db8:0:1::1' }).allocate().code).toBeUndefined();
  });
});

describe('permissions and channels of one allocation: 508', () => {
  test('permissions, all or none', () => {
    const harness = new Harness({ limits: { permissions: 2 } });
    const client = new Client(harness);
    client.allocate();
    expect(client.permit('10.1.0.1').code).toBeUndefined();
    expect(client.permit('10.1.0.2', '10.1.0.3').code).toBe(508);
    expect(client.permit('10.1.0.1', '10.1.0.2').code).toBeUndefined();
    expect(client.bind(0x4000, '10.1.0.4', 20_000).code).toBe(508);
    expect(harness.refusals).toEqual(['permissions', 'permissions']);
  });

  test('channels', () => {
    const harness = new Harness({ limits: { channels: 1 } });
    const client = new Client(harness);
    client.allocate();
    expect(client.bind(0x4000, '10.1.0.1', 20_000).code).toBeUndefined();
    expect(client.bind(0x4001, '10.1.0.1', 20_001).code).toBe(508);
    expect(client.bind(0x4000, '10.1.0.1', 20_000).code).toBeUndefined();
    expect(harness.refusals).toEqual(['channels']);
  });
});

describe('rates of one allocation', () => {
  function session(limits: { bytesPerSecond?: number; packetsPerSecond?: number }) {
    const harness = new Harness({ limits });
    const client = new Client(harness);
    client.allocate();
    client.bind(0x4000, '10.1.0.1', 20_000);
    client.permit('10.1.0.2');
    const sent = harness.toClient.length;
    return { harness, client, delivered: () => harness.toClient.length - sent };
  }

  test('packets in a second, in each direction, by channel and indication together', () => {
    const { harness, client, delivered } = session({ packetsPerSecond: 4 });
    for (let i = 0; i < 3; i++) {
      client.channelData(0x4000, 'up');
      client.send('10.1.0.2', 20_000, 'up');
      harness.fromPeer('10.1.0.1', 20_000, 'down');
      harness.fromPeer('10.1.0.2', 20_000, 'down');
    }
    expect([harness.toPeer.length, delivered()]).toEqual([4, 4]);
    expect(harness.server.counters.drops['rate-limited']).toBe(4);
    harness.now += 500;
    for (let i = 0; i < 3; i++) client.channelData(0x4000, 'up');
    expect(harness.toPeer).toHaveLength(6);
  });

  test('bytes in a second, and never less than one datagram at once', () => {
    const { harness, delivered } = session({ bytesPerSecond: 1000 });
    harness.fromPeer('10.1.0.1', 20_000, Buffer.alloc(60_000));
    harness.fromPeer('10.1.0.1', 20_000, Buffer.alloc(6000));
    expect(delivered()).toBe(1);
    harness.now += 1000;
    harness.fromPeer('10.1.0.1', 20_000, Buffer.alloc(6000));
    expect(delivered()).toBe(2);
  });

  test('a bucket fills to the millisecond, and no further than its burst', () => {
    const bucket = new TokenBucket(3, 10, 0);
    expect(bucket.take(10, 0)).toBe(true);
    expect(bucket.take(1, 333)).toBe(false);
    expect(bucket.take(1, 334)).toBe(true);
    expect(bucket.take(11, 1_000_000)).toBe(false);
    expect(bucket.take(10, 1_000_000)).toBe(true);
  });

  test('what may not be lost waits until its debt is paid', () => {
    const bucket = new TokenBucket(10, 20, 0);
    expect(bucket.borrow(20, 0)).toBe(0);
    expect(bucket.borrow(5, 0)).toBe(500);
    expect(bucket.borrow(1, 100)).toBe(500);
    expect(bucket.take(1, 600)).toBe(false);
    expect(bucket.borrow(1, 700)).toBe(0);
  });
});

describe('answers to who is not authenticated (RFC 8656 21.1)', () => {
  const limits = { unauthenticatedReplies: 10, unauthenticatedBurst: 20 };
  const bindings = (client: Client, count: number): number => {
    const before = client.harness.toClient.length;
    for (let i = 0; i < count; i++) client.raw(client.message(MessageClass.Request, Method.Binding));
    return client.harness.toClient.length - before;
  };

  test('a source gets a burst, then so many in a second, then silence', () => {
    const harness = new Harness({ limits });
    const client = new Client(harness);
    expect(bindings(client, 50)).toBe(20);
    expect(harness.server.counters.drops['too-many-answers']).toBe(30);
    harness.now += 1000;
    expect(bindings(client, 50)).toBe(10);
  });

  test.each([
    ['Allocate without credentials (401)', Method.Allocate],
    ['a method that nobody knows (400)', 0x0ff],
  ])('%s is counted with the others', (_, method) => {
    const harness = new Harness({ limits });
    const client = new Client(harness);
    for (let i = 0; i < 50; i++) client.raw(client.message(MessageClass.Request, method));
    expect(harness.toClient).toHaveLength(20);
    expect(bindings(client, 1)).toBe(0);
  });

  test('another source still gets answers', () => {
    const harness = new Harness({ limits });
    bindings(new Client(harness), 50);
    expect(bindings(new Client(harness, { address: '203.0.113.6' }), 1)).toBe(1);
  });

  test('who is authenticated is never held to it', () => {
    const harness = new Harness({ limits });
    const client = new Client(harness);
    client.allocate();
    bindings(client, 50);
    for (let i = 0; i < 50; i++) expect(client.refresh().messageClass).toBe(MessageClass.Success);
  });

  test('streams are not: their source address cannot be forged', () => {
    expect(bindings(new Client(new Harness({ limits }), { transport: 'tcp' }), 50)).toBe(50);
  });

  test('0 is no limit', () => {
    expect(bindings(new Client(new Harness({ limits: { unauthenticatedReplies: 0 } })), 2000)).toBe(2000);
  });

  test('a million forged sources take no memory, and leave others their answers', () => {
    const budget = new ReplyBudget(7);
    const source = new Endpoint();
    const before = process.memoryUsage().arrayBuffers;
    let now = 0;
    for (let i = 0; i < 1_000_000; i++) {
      // A hundred thousand in a second.
      if (i % 100 === 0) now++;
      budget.take(source.setIpv4(Math.imul(i, 0x9e3779b1), 9), DEFAULT_LIMITS, now);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024);
    expect(budget.take(Endpoint.of('203.0.113.77', 1), DEFAULT_LIMITS, now)).toBe(true);
  });
});
