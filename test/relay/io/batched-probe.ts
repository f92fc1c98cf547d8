/**
 * A program that a test runs on a machine of some architecture: it sends datagrams by the batched calls in all the ways
 * that the relay does, and says on its standard output what came of each.
 */
import { loadLibc } from '../../../relay/src/io/ffi/libc';
import { mapLow } from '../../../relay/src/io/ffi/low-memory';
import { MmsgIo } from '../../../relay/src/io/mmsg-io';
import { selfTest } from '../../../relay/src/io/mmsg-self-test';
import { SocketNumbers } from '../../../relay/src/io/socket-numbers';
import { Endpoint } from '../../../relay/src/net/endpoint';
import type { Flow } from '../../../relay/src/turn/flow';
import { Found, type ProbeReport } from './batched-probe-report';
import { RecordingCore, relayFor } from './support';

const LOOPBACK = { 4: '127.0.0.1', 6: '::1' } as const;

const libc = loadLibc();
const memory = mapLow(libc, MmsgIo.space);
const core = new RecordingCore();
const icmp: string[] = [];
Object.assign(core, {
  handlePeerError: (_: unknown, peer: Endpoint, type: number, code: number) =>
    icmp.push(`${peer.address} type ${type} code ${code}`),
});
const io = new MmsgIo(
  {
    core,
    clock: () => 42,
    numbers: new SocketNumbers(),
    relayPorts: { min: 49_152, max: 65_535 },
    relayAddress: (_, family) => ({ advertised: LOOPBACK[family], bind: LOOPBACK[family] }),
    ownAddresses: family => (family === 4 ? [Endpoint.of('127.0.0.1'), Endpoint.of('127.0.0.2')] : []),
  },
  libc,
  { memory },
);

function pollUntil(done: () => boolean): boolean {
  for (let i = 0; i < 200 && !done(); i++) io.poll(10);
  return done();
}

/** Datagrams from one relay socket to another: a run of equal sizes, a shorter one, an empty one. */
function run(family: 4 | 6): Found {
  const [from, to] = [relayFor(family), relayFor(family)];
  io.openRelay(from);
  io.openRelay(to);
  const sent = [100, 100, 100, 7, 0].map((length, i) => Buffer.alloc(length, i + 1));
  const { length: before } = core.peer;
  for (const bytes of sent) io.sendToPeer(from, to.address, bytes, 0, bytes.length, false);
  pollUntil(() => core.peer.length - before === sent.length);
  const came = core.peer.slice(before);
  const whole = came.every(({ bytes, source }, i) => bytes.equals(sent[i]!) && source.equals(from.address));
  return came.length === sent.length && whole ? Found.AsItShouldBe : Found.Otherwise;
}

/** The address that an answer comes from, for a client that has sent to this one. */
function answerFrom(server: string, port: number): string {
  const client = relayFor(4);
  io.openRelay(client);
  core.onClient = (flow: Flow, bytes, offset, length) => io.sendToClient(flow, bytes, offset, length);
  const { length: before } = core.peer;
  io.sendToPeer(client, Endpoint.of(server, port), Buffer.from('hello'), 0, 5, false);
  pollUntil(() => core.peer.length > before);
  return core.peer[before]?.source.address ?? 'nowhere';
}

function icmpOf(dontFragment: boolean): string {
  const relay = relayFor(4);
  io.openRelay(relay);
  const gone = relayFor(4);
  io.openRelay(gone);
  const nobody = gone.address.clone();
  io.closeRelay(gone);
  io.sendToPeer(relay, nobody, Buffer.from('x'), 0, 1, dontFragment);
  pollUntil(() => icmp.length > 0);
  return icmp.splice(0).join(', ');
}

function listen(): number {
  for (let port = 40_000 + (process.pid % 9000); ; port++) {
    const errors: unknown[] = [];
    io.listen('stunner/edge/udp', port, error => errors.push(error));
    if (errors[0] === undefined) return port;
  }
}

const port = listen();
const report: ProbeReport = {
  architecture: process.arch,
  isLow: memory !== undefined,
  selfTest: selfTest(libc),
  ipv4: run(4),
  ipv6: run(6),
  answersFrom: [answerFrom('127.0.0.1', port), answerFrom('127.0.0.2', port)],
  icmp: [icmpOf(false), icmpOf(true)],
};
io.close();
process.stdout.write(JSON.stringify(report));
