import { readdirSync } from 'node:fs';
import { constants } from 'node:os';
import type { TurnCore } from '../../../relay/src/io/core';
import type { Libc } from '../../../relay/src/io/ffi/libc';
import { MMSGHDR } from '../../../relay/src/io/ffi/linux';
import { MmsgIo, type MmsgOptions } from '../../../relay/src/io/mmsg-io';
import { selfTest } from '../../../relay/src/io/mmsg-self-test';
import { mmsgSupport } from '../../../relay/src/io/mmsg-support';
import { SocketNumbers } from '../../../relay/src/io/socket-numbers';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { eventually, freePort, RecordingCore, relayFor, UdpPeer } from './support';

const support = mmsgSupport();
if (support.libc === undefined) throw new Error(support.reason);
const { libc } = support;
const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;

const closers: { close(): void }[] = [];
afterEach(() => {
  for (const closer of closers.splice(0)) closer.close();
});

const clock = { now: 42 };

function setUp(calls: Libc = libc, core: TurnCore & RecordingCore = new RecordingCore(), options: MmsgOptions = {}) {
  const io = new MmsgIo(
    {
      core,
      clock: () => clock.now,
      numbers: new SocketNumbers(),
      relayPorts: { min: 49_152, max: 65_535 },
      relayAddress: (_, family) => ({ advertised: LOOPBACK[family], bind: LOOPBACK[family] }),
    },
    calls,
    options,
  );
  closers.push(io);
  const relay = relayFor(4);
  io.openRelay(relay);
  return { io, core, relay };
}

async function peer(): Promise<UdpPeer> {
  const bound = await UdpPeer.bind('127.0.0.1');
  closers.push(bound);
  return bound;
}

/** A C library whose kernel cuts no messages. It looks at the first header only, which is enough for one message. */
function withoutSegmentation(errno: number): Libc {
  let failed = false;
  return {
    ...libc,
    sendmmsg: (fd, messages, count, flags) => {
      failed = segmentsOf(messages) > 1;
      return failed ? -1 : libc.sendmmsg(fd, messages, count, flags);
    },
    errno: () => (failed ? errno : libc.errno()),
    address: buffer => {
      memory = { base: libc.address(buffer), view: new DataView(buffer.buffer) };
      return memory.base;
    },
  };
}

let memory: { base: number; view: DataView };
function segmentsOf(header: number): number {
  return memory.view.getUint32(header - memory.base + MMSGHDR.iovLength, true);
}

describe('datagrams that leave together', () => {
  // Runs that end shorter, change size, are empty, exceed what one message may hold, and change their destination.
  const LENGTHS = [100, 100, 40, 40, 0, 0, 1200, 1200, 7, ...Array<number>(150).fill(172), 900, 1];

  test.each([
    ['cut by the kernel', libc],
    ['refused to this destination (EINVAL)', withoutSegmentation(constants.errno.EINVAL)],
    ['refused by the interface (EIO)', withoutSegmentation(constants.errno.EIO)],
  ])('arrive whole, each once and in order: runs are %s', async (_, calls) => {
    const { io, relay } = setUp(calls);
    const peers = [await peer(), await peer()];
    const sent = LENGTHS.map((length, i) => Buffer.alloc(length, i + 1));
    for (const to of peers) {
      for (const bytes of sent) io.sendToPeer(relay, Endpoint.of('127.0.0.1', to.port), bytes, 0, bytes.length, false);
    }
    io.poll(0);
    for (const { received } of peers) {
      await eventually('all datagrams', () => received.length === sent.length);
      expect(received.map(({ bytes }) => bytes)).toEqual(sent);
    }
  });

  test('with DONT-FRAGMENT arrive like others (RFC 8656 14)', async () => {
    const { io, relay } = setUp();
    const to = await peer();
    for (const dontFragment of [false, true, false])
      io.sendToPeer(relay, Endpoint.of('127.0.0.1', to.port), Buffer.from([Number(dontFragment)]), 0, 1, dontFragment);
    io.poll(0);
    await eventually('three datagrams', () => to.received.length === 3);
    expect(to.received.map(({ bytes }) => bytes[0])).toEqual([0, 1, 0]);
  });
});

test('a listener leaves none behind that would wait for the next pause', async () => {
  const { io, core } = setUp(libc, new RecordingCore(), { moderation: 10 });
  const port = await freePort();
  io.listen('stunner/edge/udp', port, () => undefined);
  const from = await peer();
  const arrive = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await from.sent('x', port, '127.0.0.1');
  };
  const takeAll = (count: number): void => {
    const before = core.client.length;
    while (core.client.length < before + count) io.poll(1000);
  };
  await arrive(40);
  takeAll(40);
  // After these it expects one at a time. The next millisecond knows of the rush.
  for (let i = 0; i < 3; i++) {
    await arrive(1);
    takeAll(1);
  }
  clock.now++;
  io.poll(0);
  await arrive(5);
  const before = core.client.length;
  io.poll(1000);
  expect(core.client.length - before).toBe(5);
});

test('an ICMP error is told to the core, and the datagrams after it still leave (RFC 8656 11.5)', async () => {
  const errors: unknown[] = [];
  const core = Object.assign(new RecordingCore(), {
    handlePeerError: (_: unknown, peer: Endpoint, type: number, code: number) =>
      void errors.push([peer.toString(), type, code]),
  });
  const { io, relay } = setUp(libc, core);
  const gone = await UdpPeer.bind('127.0.0.1');
  const { port } = gone;
  gone.close();
  const to = await peer();
  io.sendToPeer(relay, Endpoint.of('127.0.0.1', port), Buffer.from('x'), 0, 1, false);
  io.poll(0);
  // Its socket has an error waiting now, which the next send is the first to hear of.
  io.sendToPeer(relay, Endpoint.of('127.0.0.1', to.port), Buffer.from('y'), 0, 1, false);
  io.poll(100);
  await eventually('the datagram', () => to.received.length === 1);
  expect(errors).toEqual([[`127.0.0.1:${port}`, 3, 3]]);
});

test('a pair of relay sockets that cannot be served is closed, both of it', () => {
  let left = 1;
  const { io, core } = setUp({ ...libc, epoll_ctl: (...call) => (left-- > 0 ? libc.epoll_ctl(...call) : -1) });
  const { length } = readdirSync('/proc/self/fd');
  for (const good of [0, 1]) {
    left = good;
    const pair = relayFor(4, 'stunner/edge/udp', 'even-and-next');
    io.openRelay(pair);
    expect([pair.handle, pair.next?.handle]).toEqual([-1, -1]);
  }
  expect(core.failed).toHaveLength(3);
  expect(readdirSync('/proc/self/fd')).toHaveLength(length);
});

describe('the self-test', () => {
  test('finds what this host can do', () => {
    expect(selfTest(libc)).toEqual({ segmentation: true });
  });

  test('goes without segmentation where the kernel cuts nothing', () => {
    expect(selfTest(withoutSegmentation(constants.errno.EINVAL))).toEqual({ segmentation: false });
  });

  test.each<[string, Partial<Libc>]>([
    ['loses datagrams', { sendmmsg: (_fd, _messages, count) => count }],
    ['does not fill its headers', { recvmmsg: () => 1 }],
    ['is not allowed to', { recvmmsg: () => -1 }],
  ])('refuses a host whose kernel %s', (_, calls) => {
    expect(() => selfTest({ ...libc, ...calls })).toThrow('did not come back as they were sent');
  });
});
