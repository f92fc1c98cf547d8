import { Counts } from '../../../relay/src/io/counts';
import type { DatagramContext } from '../../../relay/src/io/datagram';
import { DatagramBatches } from '../../../relay/src/io/datagram-batches';
import { DgramIo } from '../../../relay/src/io/dgram-io';
import type { Libc } from '../../../relay/src/io/ffi/libc';
import { mmsgSupport } from '../../../relay/src/io/mmsg-support';
import { SocketNumbers } from '../../../relay/src/io/socket-numbers';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { describeDatagramIo } from './datagram-behaviour';
import { eventually, RecordingCore, relayFor, UdpPeer } from './support';

function contextOf(core: RecordingCore): DatagramContext {
  return {
    core,
    clock: () => 42,
    numbers: new SocketNumbers(),
    relayPorts: { min: 49_152, max: 65_535 },
    relayAddress: () => ({ advertised: '127.0.0.1', bind: '127.0.0.1' }),
  };
}

describe('node:dgram alone', () => {
  describeDatagramIo(context => new DgramIo(context));
});

describe('node:dgram with batched calls for peers', () => {
  const support = mmsgSupport();
  if (support.libc === undefined) throw new Error(support.reason);
  describeDatagramIo(context => new DgramIo(context, support));

  test('what waits leaves by its own socket, also if that is closed and another one gets its number', async () => {
    const io = new DgramIo(contextOf(new RecordingCore()), support);
    const peer = await UdpPeer.bind('127.0.0.1');
    try {
      const [first, second] = [relayFor(4), relayFor(4)];
      io.openRelay(first);
      const ports = [first.address.port];
      io.sendToPeer(first, Endpoint.of('127.0.0.1', peer.port), Buffer.from('first'), 0, 5, false);
      io.closeRelay(first);
      io.openRelay(second);
      ports.push(second.address.port);
      io.sendToPeer(second, Endpoint.of('127.0.0.1', peer.port), Buffer.from('second'), 0, 6, false);
      await eventually('both', () => peer.received.length === 2);
      expect(peer.received.map(({ port }) => port)).toEqual(ports);
    } finally {
      io.close();
      peer.close();
    }
  });

  test('what follows closely comes in batches, each once and in order, beside what Node takes', async () => {
    let batches = 0;
    const recvmmsg: Libc['recvmmsg'] = (...call) => {
      const received = support.libc.recvmmsg(...call);
      if (received > 1) batches++;
      return received;
    };
    const core = new RecordingCore();
    const io = new DgramIo(contextOf(core), { ...support, libc: { ...support.libc, recvmmsg } });
    const peer = await UdpPeer.bind('127.0.0.1');
    try {
      const relay = relayFor(4);
      io.openRelay(relay);
      await eventually('the relay', () => core.opened.length === 1);
      const sent = Array.from({ length: 100 }, (_, i) => `datagram ${i}`);
      for (const text of sent) peer.send(text, relay.address.port, '127.0.0.1');
      await eventually('all', () => core.peer.length === sent.length);
      expect(core.peer.map(({ bytes }) => bytes.toString())).toEqual(sent);
      expect(new Set(core.peer.map(({ source }) => source.toString()))).toEqual(new Set([`127.0.0.1:${peer.port}`]));
      expect(batches).toBeGreaterThan(2);
    } finally {
      io.close();
      peer.close();
    }
  });

  test('a source that cannot be answered is counted and passed over in a batch too', () => {
    const counts = new Counts();
    // Slots that nobody has written to: from port 0.
    const batches = new DatagramBatches({ ...support.libc, recvmmsg: () => 2 }, false, counts);
    const taken: unknown[] = [];
    expect(batches.receive(-1, 4, 42, source => taken.push(source))).toBe(2);
    expect(taken).toEqual([]);
    expect(counts.of('source without answer')).toBe(2);
  });
});
