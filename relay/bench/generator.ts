import { Endpoint } from '../src/net/endpoint';
import { writeChannelDataHeader } from '../src/stun/channel-data';
import { Attribute, MessageClass, Method } from '../src/stun/constants';
import { MessageReader } from '../src/stun/message-reader';
import { MessageWriter } from '../src/stun/message-writer';
import { cpuTime } from './cpu-time';
import { exchange } from './exchange';
import { Latency } from './latency';
import { LOOPBACK, type Job, type Measurement } from './scenario';
import { Sockets, type BenchSocket } from './sockets';
import { Tally } from './tally';
import { TurnSession } from './turn-session';

const CHANNEL = 0x4000;
const MARK = 0x62656e63;
/** Bytes of application data that say what they are: a mark, client, direction, serial number, and time of sending. */
const LABEL = 24;
/** Without news for so long, what is under way counts as lost. */
const STALL_MS = 20;

interface Client {
  readonly socket: BenchSocket;
  readonly session: TurnSession;
}

/** Clients and a peer in one process, with a TURN server between them. */
class Generator {
  private readonly sockets: Sockets;
  private readonly server: Endpoint;
  private readonly peer: BenchSocket;
  private readonly clients: Client[] = [];
  private readonly byFd: number[] = [];
  private readonly upward: Tally;
  private readonly downward: Tally;
  private readonly writer = new MessageWriter();
  private readonly reader = new MessageReader();
  private readonly transaction = new Uint8Array(12);
  private readonly latency = new Latency();
  private wrong = 0;
  private next = 0;

  constructor(private readonly job: Job) {
    const { family, clients } = job.scenario;
    this.sockets = new Sockets(family);
    this.server = Endpoint.of(LOOPBACK[family], job.target.port);
    this.peer = this.sockets.open(LOOPBACK[family]);
    this.upward = new Tally(clients);
    this.downward = new Tally(clients);
    for (let i = 0; i < clients; i++) this.connect(i);
  }

  run(): Measurement {
    const { warmUpSeconds, seconds, pid } = this.job;
    this.traffic(warmUpSeconds);
    this.latency.clear();
    const before = this.count();
    const cpuBefore = cpuTime(pid);
    const start = performance.now();
    this.traffic(seconds);
    const after = this.count();
    const cpuAfter = cpuTime(pid);
    const elapsed = (performance.now() - start) / 1000;
    this.drain();
    const { duplicates, reordered } = this.count();
    return {
      sent: after.sent - before.sent,
      received: after.received - before.received,
      wrong: this.wrong,
      duplicates,
      reordered,
      seconds: elapsed,
      cpuSeconds: cpuAfter.seconds - cpuBefore.seconds,
      waitSeconds: cpuAfter.waitSeconds - cpuBefore.waitSeconds,
      latency: { median: this.latency.percentile(0.5), p99: this.latency.percentile(0.99) },
    };
  }

  private connect(index: number): void {
    const { scenario, target } = this.job;
    const socket = this.sockets.open(LOOPBACK[scenario.family]);
    const session = new TurnSession(
      request => exchange(this.sockets, socket, this.server, request),
      target.username,
      target.password,
      index,
    );
    session.allocate(scenario.family);
    session.permit(this.peer.local);
    if (scenario.indications !== true) session.bind(CHANNEL, this.peer.local);
    this.byFd[socket.fd] = index;
    this.clients.push({ socket, session });
  }

  private count(): { sent: number; received: number; duplicates: number; reordered: number } {
    const { upward: up, downward: down } = this;
    return {
      sent: up.sent + down.sent,
      received: up.received + down.received,
      duplicates: up.duplicates + down.duplicates,
      reordered: up.reordered + down.reordered,
    };
  }

  private traffic(seconds: number): void {
    if (this.job.scenario.rate === undefined) this.closedLoop(seconds);
    else this.paced(seconds, this.job.scenario.rate);
  }

  /** Keeps so many datagrams under way. */
  private closedLoop(seconds: number): void {
    const { window, burst } = this.job.scenario;
    const end = performance.now() + seconds * 1000;
    let base = this.count();
    let [lastReceived, lastNews] = [base.received, performance.now()];
    for (let now = lastNews; now < end; now = performance.now()) {
      const { sent, received } = this.count();
      if (received !== lastReceived) [lastReceived, lastNews] = [received, now];
      else if (now - lastNews > STALL_MS) [base, lastNews] = [this.count(), now];
      let free = window - (sent - base.sent - (received - base.received));
      for (; free >= burst; free -= burst) this.burst(burst);
      this.sockets.flush();
      this.sockets.poll(1, this.receive);
    }
  }

  /** Sends when it is time, whatever comes back. */
  private paced(seconds: number, rate: number): void {
    const { burst } = this.job.scenario;
    const start = performance.now();
    for (let [now, sent] = [start, 0]; now < start + seconds * 1000; now = performance.now()) {
      const due = ((now - start) / 1000) * rate;
      for (; sent + burst <= due; sent += burst) {
        this.burst(burst);
        this.sockets.flush();
      }
      this.sockets.poll(0, this.receive);
    }
  }

  private drain(): void {
    for (const end = performance.now() + 100; performance.now() < end;) this.sockets.poll(5, this.receive);
  }

  /** The next sender's burst: each client sends, then its peer, then it is the next client's turn. */
  private burst(length: number): void {
    const turn = this.next++;
    const client = (turn >> 1) % this.clients.length;
    for (let i = 0; i < length; i++) {
      if ((turn & 1) === 0) this.sendUp(client);
      else this.sendDown(client);
    }
  }

  private sendUp(index: number): void {
    const { arena } = this.sockets;
    const { scenario } = this.job;
    const { socket } = this.clients[index]!;
    const at = this.sockets.packet();
    if (scenario.indications === true) {
      const data = at + (scenario.family === 4 ? 36 : 48);
      this.writer
        .begin(arena.bytes, at, MessageClass.Indication, Method.Send, this.transaction, 0)
        .xorAddress(Attribute.XorPeerAddress, this.peer.local)
        .inPlace(Attribute.Data, scenario.size);
      this.label(data, index, 0, this.upward.send(index));
      this.sockets.send(socket, this.server, at, this.writer.end());
      return;
    }
    writeChannelDataHeader(arena.bytes, at, CHANNEL, scenario.size);
    this.label(at + 4, index, 0, this.upward.send(index));
    this.sockets.send(socket, this.server, at, scenario.size + 4);
  }

  private sendDown(index: number): void {
    const { session } = this.clients[index]!;
    const at = this.sockets.packet();
    this.label(at, index, 1, this.downward.send(index));
    this.sockets.send(this.peer, session.relayed, at, this.job.scenario.size);
  }

  private label(at: number, client: number, direction: number, serial: number): void {
    const { view, bytes } = this.sockets.arena;
    view.setUint32(at, MARK);
    view.setUint32(at + 4, client);
    view.setUint32(at + 8, direction);
    view.setUint32(at + 12, serial);
    view.setFloat64(at + 16, performance.now());
    if (this.job.verify) for (let i = LABEL; i < this.job.scenario.size; i++) bytes[at + i] = fill(client, serial, i);
  }

  private readonly receive = (fd: number, source: Endpoint, offset: number, length: number): void => {
    if (fd === this.peer.fd) this.receivedUp(source, offset, length);
    else this.receivedDown(this.byFd[fd]!, source, offset, length);
  };

  private receivedUp(source: Endpoint, at: number, length: number): void {
    const { view } = this.sockets.arena;
    const client = view.getUint32(at + 4);
    const expected = this.clients[client];
    const isRight =
      this.isLabelled(at, length, 0) &&
      expected !== undefined &&
      (!this.job.verify || (source.equals(expected.session.relayed) && this.isFilled(at)));
    if (!isRight) {
      this.wrong++;
      return;
    }
    this.latency.add((performance.now() - view.getFloat64(at + 16)) * 1000);
    this.upward.receive(client, view.getUint32(at + 12));
  }

  private receivedDown(client: number, source: Endpoint, offset: number, length: number): void {
    const { view, bytes } = this.sockets.arena;
    const { scenario, verify } = this.job;
    let [at, size] = [offset + 4, length - 4];
    if (scenario.indications === true) {
      const { reader } = this;
      const data = reader.read(bytes, offset, length) ? reader.find(Attribute.Data) : -1;
      [at, size] = data < 0 ? [offset, -1] : [reader.valueOffset(data), reader.valueLength(data)];
    } else if (view.getUint16(offset) !== CHANNEL || view.getUint16(offset + 2) !== size) {
      size = -1;
    }
    const isRight =
      this.isLabelled(at, size, 1) &&
      view.getUint32(at + 4) === client &&
      (!verify || (source.equals(this.server) && this.isFilled(at)));
    if (!isRight) {
      this.wrong++;
      return;
    }
    this.latency.add((performance.now() - view.getFloat64(at + 16)) * 1000);
    this.downward.receive(client, view.getUint32(at + 12));
  }

  private isLabelled(at: number, length: number, direction: number): boolean {
    const { view } = this.sockets.arena;
    return length === this.job.scenario.size && view.getUint32(at) === MARK && view.getUint32(at + 8) === direction;
  }

  private isFilled(at: number): boolean {
    const { view, bytes } = this.sockets.arena;
    const [client, serial] = [view.getUint32(at + 4), view.getUint32(at + 12)];
    for (let i = LABEL; i < this.job.scenario.size; i++) {
      if (bytes[at + i] !== fill(client, serial, i)) return false;
    }
    return true;
  }
}

function fill(client: number, serial: number, i: number): number {
  return (client * 31 + serial * 7 + i) & 0xff;
}

const job = JSON.parse(process.argv[2] ?? '') as Job;
process.stdout.write(`${JSON.stringify(new Generator(job).run())}\n`);
