import type { DatagramContext, DatagramIo, PortRange } from '../../../relay/src/io/datagram';
import { SocketNumbers } from '../../../relay/src/io/socket-numbers';
import { Endpoint } from '../../../relay/src/net/endpoint';
import { Flow } from '../../../relay/src/turn/flow';
import type { RelayedTransport } from '../../../relay/src/turn/relayed-transport';
import { HEADROOM, TAILROOM } from '../../../relay/src/turn/sink';
import { eventually, freePort, RecordingCore, relayFor, UdpPeer } from './support';

const LISTENER = 'stunner/edge/udp';
const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;

/** What every implementation of `DatagramIo` does, whatever calls it makes. */
export function describeDatagramIo(make: (context: DatagramContext) => DatagramIo): void {
  const closers: { close(): void }[] = [];

  afterEach(() => {
    for (const closer of closers.splice(0)) closer.close();
  });

  function setUp(relayPorts: PortRange = { min: 49_152, max: 65_535 }, families: readonly (4 | 6)[] = [4, 6]) {
    const core = new RecordingCore();
    const io = make({
      core,
      clock: () => 42,
      numbers: new SocketNumbers(),
      relayPorts,
      relayAddress: (_, family) =>
        families.includes(family) ? { advertised: LOOPBACK[family], bind: LOOPBACK[family] } : undefined,
    });
    closers.push(io);
    return { core, io };
  }

  async function listening(io: DatagramIo, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const number = io.listen(LISTENER, port, error =>
        error === undefined ? setImmediate(() => resolve(number)) : reject(error),
      );
    });
  }

  async function peerAt(address: string, port?: number): Promise<UdpPeer> {
    const peer = await UdpPeer.bind(address, port);
    closers.push(peer);
    return peer;
  }

  describe('a listening socket', () => {
    test.each(['127.0.0.1', '::1'])(
      'takes a datagram from %s, names its source unmapped, and answers it',
      async address => {
        const { core, io } = setUp();
        const port = await freePort();
        const number = await listening(io, port);
        core.onClient = (flow, bytes, offset, length) => io.sendToClient(flow, bytes, offset, length);
        const client = await peerAt(address);

        client.send('hello', port, address);

        await eventually('the echo', () => client.received.length === 1);
        const [{ flow, bytes, now }] = core.client as [(typeof core.client)[0]];
        expect(bytes.toString()).toBe('hello');
        expect(now).toBe(42);
        expect(flow).toMatchObject({ transport: 'udp', listener: LISTENER, socket: number });
        expect(flow.client.equals(Endpoint.of(address, client.port))).toBe(true);
        expect(client.received[0]).toEqual({ bytes: Buffer.from('hello'), port });
      },
    );

    test('reports a port that is taken', async () => {
      const { io } = setUp();
      const port = await freePort();
      await listening(io, port);
      await expect(listening(setUp().io, port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    });

    test('hears no more once it is closed, and its port is free at once', async () => {
      const { core, io } = setUp();
      const port = await freePort();
      const number = await listening(io, port);
      io.closeListener(number);
      io.sendToClient(new Flow('udp', LISTENER, number, Endpoint.of('127.0.0.1', 9)), Buffer.from('x'), 0, 1);
      expect(io.counts.of('no socket')).toBe(1);
      await listening(io, port);
      expect(core.client).toEqual([]);
    });
  });

  describe('a relay socket', () => {
    test.each([4, 6] as const)(
      'of IPv%i is bound within the port range and answered with its address',
      async family => {
        const { core, io } = setUp({ min: 50_000, max: 50_999 });
        const relay = relayFor(family);
        io.openRelay(relay);
        await eventually('relayOpened', () => core.opened.length === 1);
        expect(core.opened).toEqual([relay]);
        expect(relay.address.address).toBe(LOOPBACK[family]);
        expect(relay.address.port).toBeGreaterThanOrEqual(50_000);
        expect(relay.address.port).toBeLessThanOrEqual(50_999);
      },
    );

    test('ports are random (RFC 8656 7.2)', async () => {
      const { core, io } = setUp();
      for (let i = 0; i < 5; i++) io.openRelay(relayFor(4));
      await eventually('five relays', () => core.opened.length === 5);
      const ports = core.opened.map(({ address }) => address.port);
      const steps = ports.slice(1).map((port, i) => port - ports[i]!);
      expect(new Set(steps).size).toBeGreaterThan(1);
    });

    test.each([4, 6] as const)(
      'carries datagrams of IPv%i both ways, and leaves room around those of the peer',
      async family => {
        const { core, io } = setUp();
        const relay = relayFor(family);
        io.openRelay(relay);
        await eventually('relayOpened', () => core.opened.length === 1);
        const peer = await peerAt(LOOPBACK[family]);
        let room: { before: number; behind: number } | undefined;
        core.onPeer = (from, source, bytes, offset, length) => {
          room = { before: offset, behind: bytes.length - offset - length };
          // The header written in front goes out with the datagram: no copy is asked of the core.
          bytes.set([0x40, 0x00, 0x00, length], offset - 4);
          io.sendToPeer(from, source, bytes, offset - 4, length + 4, false);
        };

        peer.send('ping', relay.address.port, LOOPBACK[family]);

        await eventually('the echo', () => peer.received.length === 1);
        expect(room!.before).toBeGreaterThanOrEqual(HEADROOM);
        expect(room!.behind).toBeGreaterThanOrEqual(TAILROOM);
        expect(core.peer[0]!.source.equals(Endpoint.of(LOOPBACK[family], peer.port))).toBe(true);
        expect(peer.received[0]!.bytes).toEqual(Buffer.from('\x40\x00\x00\x04ping', 'latin1'));
        expect(peer.received[0]!.port).toBe(relay.address.port);
      },
    );

    test('passes over ports that are taken, and fails when all are', async () => {
      const min = 55_210;
      const { core, io } = setUp({ min, max: min + 2 });
      await peerAt('127.0.0.1', min + 1);
      for (let i = 0; i < 3; i++) io.openRelay(relayFor(4));
      await eventually('three answers', () => core.opened.length + core.failed.length === 3);
      expect(core.opened.map(({ address }) => address.port).sort()).toEqual([min, min + 2]);
      expect(core.failed.map(({ handle }) => handle)).toEqual([-1]);
      expect(io.counts.of('EADDRINUSE')).toBe(1);
    });

    test('fails at once where the host has no address of the family', () => {
      const { core, io } = setUp(undefined, [4]);
      io.openRelay(relayFor(6));
      expect(core.failed).toHaveLength(1);
      expect(io.counts.of('no relay address')).toBe(1);
    });

    test('is deaf and mute once it is closed', async () => {
      const { core, io } = setUp();
      const relay = relayFor(4);
      io.openRelay(relay);
      await eventually('relayOpened', () => core.opened.length === 1);
      const peer = await peerAt('127.0.0.1');
      io.closeRelay(relay);
      io.closeRelay(relay);
      io.sendToPeer(relay, Endpoint.of('127.0.0.1', peer.port), Buffer.from('x'), 0, 1, false);
      expect(relay.handle).toBe(-1);
      expect(io.counts.of('no socket')).toBe(1);
      await peerAt('127.0.0.1', relay.address.port);
    });
  });

  describe('EVEN-PORT (RFC 8656 7.2)', () => {
    const evenRelay = (): RelayedTransport => relayFor(4, LISTENER, 'even');
    const pair = (): RelayedTransport => relayFor(4, LISTENER, 'even-and-next');

    test('an even port, also where the range begins with an odd one', async () => {
      const { core, io } = setUp({ min: 55_301, max: 55_303 });
      io.openRelay(evenRelay());
      await eventually('relayOpened', () => core.opened.length === 1);
      expect(core.opened[0]!.address.port).toBe(55_302);
      io.openRelay(evenRelay());
      await eventually('relayFailed', () => core.failed.length === 1);
    });

    test('an even port and the next, one answer, and each carries its own data', async () => {
      const { core, io } = setUp();
      const relay = pair();
      io.openRelay(relay);
      await eventually('relayOpened', () => core.opened.length === 1);
      expect(core.opened).toEqual([relay]);
      const { port } = relay.address;
      expect(port % 2).toBe(0);
      expect(relay.next!.address.equals(Endpoint.of('127.0.0.1', port + 1))).toBe(true);
      const peer = await peerAt('127.0.0.1');
      peer.send('even', port, '127.0.0.1');
      peer.send('next', port + 1, '127.0.0.1');
      await eventually('both', () => core.peer.length === 2);
      const heard = new Map(core.peer.map(({ relay: at, bytes }) => [bytes.toString(), at]));
      expect(heard.get('even')).toBe(relay);
      expect(heard.get('next')).toBe(relay.next);
    });

    test('a pair whose next port is taken is passed over, and leaves its even port free', async () => {
      const { core, io } = setUp({ min: 55_310, max: 55_313 });
      await peerAt('127.0.0.1', 55_311);
      io.openRelay(pair());
      await eventually('relayOpened', () => core.opened.length === 1);
      expect(core.opened[0]!.address.port).toBe(55_312);
      io.openRelay(pair());
      await eventually('relayFailed', () => core.failed.length === 1);
      expect([core.failed[0]!.handle, core.failed[0]!.next!.handle]).toEqual([-1, -1]);
      await peerAt('127.0.0.1', 55_310);
    });

    test('a range without a pair fails at once', async () => {
      const { core, io } = setUp({ min: 55_321, max: 55_322 });
      io.openRelay(pair());
      await eventually('relayFailed', () => core.failed.length === 1);
    });

    test('once they are open each is closed by itself', async () => {
      const { core, io } = setUp();
      const relay = pair();
      io.openRelay(relay);
      await eventually('relayOpened', () => core.opened.length === 1);
      io.closeRelay(relay);
      const peer = await peerAt('127.0.0.1', relay.address.port);
      peer.send('still here', relay.next!.address.port, '127.0.0.1');
      await eventually('the datagram', () => core.peer.length === 1);
      io.closeRelay(relay.next!);
      await peerAt('127.0.0.1', relay.next!.address.port);
    });
  });

  describe('what fails is counted, and nothing crashes', () => {
    test.each([
      ['a datagram longer than UDP carries', '127.0.0.1', 9, 65_530, 'EMSGSIZE'],
      ['a peer with port 0', '127.0.0.1', 0, 1, 'port 0'],
      ['a peer of the other family', '::1', 9, 1, 'EINVAL'],
    ])('%s', async (_, address, port, length, reason) => {
      const { core, io } = setUp();
      const relay = relayFor(4);
      io.openRelay(relay);
      await eventually('relayOpened', () => core.opened.length === 1);
      io.sendToPeer(relay, Endpoint.of(address, port), Buffer.alloc(length), 0, length, false);
      await eventually(reason, () => io.counts.of(reason) === 1);
    });
  });
}
