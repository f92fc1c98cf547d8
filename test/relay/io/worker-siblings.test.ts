import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import type { Answer } from '../turn/harness';
import { listening, openDescriptors, startPool, workerEntry } from './pool-support';
import { eventually } from './support';
import { echoPeer, UdpTurnClient } from './udp-turn-client';

/** So many clients, or moves, that the kernel does not give all of them to one thread but once in thousands of runs. */
const TRIES = 12;

const entry = workerEntry();
const closers: { close(): void }[] = [];
afterEach(() => {
  for (const closer of closers.splice(0)) closer.close();
});

async function setUp(overrides: Parameters<typeof listening>[1] = {}) {
  const { pool, heard } = startPool(entry, 2);
  closers.push(pool);
  const port = await listening(pool, overrides);
  const peer = await echoPeer();
  closers.push(peer);
  const client = async (): Promise<UdpTurnClient> => {
    const opened = await UdpTurnClient.open(port);
    closers.push(opened);
    return opened;
  };
  return { pool, heard, peer, client };
}

function attributeOf({ reader }: Answer, type: number): Buffer {
  return Buffer.from(reader.value(reader.find(type)));
}

test('reserved ports are claimed whichever thread a client lands on, relay there, and no descriptor is lost', async () => {
  const { pool, client, peer } = await setUp();
  const before = openDescriptors();
  for (let i = 0; i < TRIES; i++) {
    const [rtp, rtcp] = [await client(), await client()];
    const pair = await rtp.allocate(writer => writer.bytes(Attribute.EvenPort, Uint8Array.of(0x80)));
    const token = attributeOf(pair, Attribute.ReservationToken);
    const claim = await rtcp.allocate(writer => writer.bytes(Attribute.ReservationToken, token));
    const [even, odd] = [pair, claim].map(each => Number(each.address(Attribute.XorRelayedAddress)!.split(':')[1]));
    expect(odd).toBe(even! + 1);

    await rtcp.bind(0x4000, peer.port);
    rtcp.channelData(0x4000, 'report');
    await eventually('the echo', () => rtcp.data.length === 1);
    expect(peer.received.at(-1)!.port).toBe(odd);
    for (const each of [rtp, rtcp]) {
      await each.request(Method.Refresh, writer => writer.uint32(Attribute.Lifetime, 0));
    }
  }
  await eventually('no allocation', () => pool.reports.allocations === 0);
  // The clients' own are still open.
  expect(openDescriptors()).toBe(before + 2 * TRIES);
});

test('an allocation follows its client from thread to thread (RFC 8016), and every packet is relayed', async () => {
  const { pool, client, heard, peer } = await setUp({ mobility: true, logLevel: 'all:DEBUG' });
  let mobile = await client();
  const allocated = await mobile.allocate(writer => writer.empty(Attribute.MobilityTicket));
  let ticket = attributeOf(allocated, Attribute.MobilityTicket);
  const relayed = Number(allocated.address(Attribute.XorRelayedAddress)!.split(':')[1]);
  await mobile.bind(0x4000, peer.port);
  for (let i = 0; i < TRIES; i++) {
    mobile = await client();
    const moved = await mobile.request(Method.Refresh, writer => writer.bytes(Attribute.MobilityTicket, ticket));
    expect(moved.messageClass).toBe(MessageClass.Success);
    ticket = attributeOf(moved, Attribute.MobilityTicket);
    for (const text of ['one', 'two', 'three']) mobile.channelData(0x4000, text);
    await eventually('the echoes', () => mobile.data.length === 3);
    expect(mobile.data).toEqual(['one', 'two', 'three']);
    expect(peer.received.at(-1)!.port).toBe(relayed);
  }
  expect(heard.filter(line => line.includes('goes on at'))).toHaveLength(TRIES);
  await mobile.request(Method.Refresh, writer => writer.uint32(Attribute.Lifetime, 0));
  await eventually('no allocation', () => pool.reports.allocations === 0);
});

test('a drained pool is empty once the last allocation has ended, wherever it has gone', async () => {
  const { pool, client } = await setUp({ mobility: true });
  let mobile = await client();
  let answer = await mobile.allocate(writer => writer.empty(Attribute.MobilityTicket));
  let isEmpty = false;
  pool.drain(() => (isEmpty = true));
  for (let i = 0; i < TRIES; i++) {
    mobile = await client();
    const ticket = attributeOf(answer, Attribute.MobilityTicket);
    answer = await mobile.request(Method.Refresh, writer => writer.bytes(Attribute.MobilityTicket, ticket));
    await mobile.request(Method.Refresh);
  }
  expect(isEmpty).toBe(false);
  await mobile.request(Method.Refresh, writer => writer.uint32(Attribute.Lifetime, 0));
  await eventually('that it is empty', () => isEmpty);
});

test('what a user may have holds for all threads together', async () => {
  const { client } = await setUp({ limits: { allocationsPerStaticUser: 5 } });
  const clients = await Promise.all(Array.from({ length: TRIES }, client));
  const codes: (number | undefined)[] = [];
  for (const each of clients) codes.push((await each.allocate()).code);
  expect(codes).toEqual([...new Array<undefined>(5).fill(undefined), ...new Array<number>(TRIES - 5).fill(486)]);
  await clients[0]!.request(Method.Refresh, writer => writer.uint32(Attribute.Lifetime, 0));
  expect((await clients[TRIES - 1]!.allocate()).code).toBeUndefined();
});

test('so does what the relay may have', async () => {
  const { client } = await setUp({ limits: { allocations: 5 } });
  const clients = await Promise.all(Array.from({ length: TRIES }, client));
  const codes: (number | undefined)[] = [];
  for (const each of clients) codes.push((await each.allocate()).code);
  expect(codes).toEqual([...new Array<undefined>(5).fill(undefined), ...new Array<number>(TRIES - 5).fill(508)]);
});
