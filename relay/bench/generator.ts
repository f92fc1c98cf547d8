import { Endpoint } from '../src/net/endpoint';
import { writeChannelDataHeader } from '../src/stun/channel-data';
import { Attribute, MessageClass, Method } from '../src/stun/constants';
import { MessageReader } from '../src/stun/message-reader';
import { MessageWriter } from '../src/stun/message-writer';
import type { Clients } from './clients';
import { CpuWindow } from './cpu-window';
import { Labels, type Direction } from './labels';
import { Latency } from './latency';
import { LOOPBACK, type Job, type Measurement } from './scenario';
import { Sockets, type BenchSocket } from './sockets';
import { StreamClients } from './stream-clients';
import { Tally } from './tally';
import { TurnSession } from './turn-session';
import { UdpClients } from './udp-clients';

const CHANNEL = 0x4000;
/** Datagrams sent before it is seen what has come: whoever is late must not be later still for what it has not read. */
const MAX_RUN = 64;
/** Seconds of traffic after which clients refresh what they have: a permission lasts for 300 (RFC 8656 9). */
const REFRESH = 240;
/** Without news for so long, what is under way counts as lost: while there is more to send, and in the end. */
const [STALL_MS, END_MS] = [20, 200];

/** Clients and a peer in one process, with a TURN server between them. */
class Generator {
  private readonly sockets: Sockets;
  private readonly server: Endpoint;
  private readonly peer: BenchSocket;
  private readonly clients: Clients;
  private readonly sessions: TurnSession[] = [];
  private readonly labels: Labels;
  private readonly tallies: readonly [upward: Tally, downward: Tally];
  private readonly writer = new MessageWriter();
  private readonly reader = new MessageReader();
  private readonly transaction = new Uint8Array(12);
  private readonly latency = new Latency();
  private wrong = 0;
  private next = 0;

  constructor(private readonly job: Job) {
    const { family, clients, size, transport } = job.scenario;
    const { port } = job.target;
    this.sockets = new Sockets(family, job.arrivalTimes);
    this.server = Endpoint.of(LOOPBACK[family], port);
    this.peer = this.sockets.open(LOOPBACK[family]);
    this.labels = new Labels(this.sockets.arena, size, job.verify);
    this.tallies = [new Tally(clients), new Tally(clients)];
    this.clients =
      transport === 'udp'
        ? new UdpClients(this.sockets, this.server, this.peer, this.receivedUp, this.receivedDown)
        : new StreamClients(transport, port, this.sockets, this.peer, this.receivedUp, this.receivedDown);
  }

  async run(): Promise<Measurement> {
    const { warmUpSeconds, seconds, scenario } = this.job;
    for (let i = 0; i < scenario.clients; i++) await this.connect(i);
    await this.traffic(warmUpSeconds);
    await this.drain();
    this.latency.clear();
    const before = this.count();
    const dropsBefore = this.sockets.drops();
    const cpu = new CpuWindow(this.job);
    await this.traffic(seconds);
    const after = this.count();
    const use = cpu.end();
    await this.drain();
    const { received, duplicates, reordered } = this.count();
    if (this.job.release === true) for (const session of this.sessions) await session.release();
    return {
      sent: after.sent - before.sent,
      received: after.received - before.received,
      lost: after.sent - before.sent - (received - before.received),
      overrun: this.sockets.drops() - dropsBefore,
      wrong: this.wrong,
      duplicates,
      reordered,
      ...use,
      latency: { median: this.latency.percentile(0.5), p99: this.latency.percentile(0.99) },
    };
  }

  private async connect(index: number): Promise<void> {
    const { scenario, target } = this.job;
    const session = new TurnSession(await this.clients.open(), target.username, target.password, index);
    await session.allocate(scenario.family);
    await this.permit(session);
    this.sessions.push(session);
  }

  private async permit(session: TurnSession): Promise<void> {
    await session.permit(this.peer.local);
    if (this.job.scenario.indications !== true) await session.bind(CHANNEL, this.peer.local);
  }

  private count(): { sent: number; received: number; duplicates: number; reordered: number } {
    const [up, down] = this.tallies;
    return {
      sent: up.sent + down.sent,
      received: up.received + down.received,
      duplicates: up.duplicates + down.duplicates,
      reordered: up.reordered + down.reordered,
    };
  }

  private async traffic(seconds: number): Promise<void> {
    let left = seconds;
    for (; left > REFRESH; left -= REFRESH) {
      await this.load(REFRESH);
      await this.drain();
      for (const session of this.sessions) {
        await session.refresh();
        await this.permit(session);
      }
    }
    await this.load(left);
  }

  private load(seconds: number): Promise<void> {
    const { rate } = this.job.scenario;
    return rate === undefined ? this.closedLoop(seconds) : this.paced(seconds, rate);
  }

  /** Keeps so many datagrams under way. */
  private async closedLoop(seconds: number): Promise<void> {
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
      this.clients.flush();
      const turn = this.clients.poll(1);
      if (turn !== undefined) await turn;
    }
  }

  /** Sends when it is time, whatever comes back. */
  private async paced(seconds: number, rate: number): Promise<void> {
    const { burst } = this.job.scenario;
    const start = performance.now();
    for (let [now, sent] = [start, 0]; now < start + seconds * 1000; now = performance.now()) {
      const due = Math.min(sent + MAX_RUN, ((now - start) / 1000) * rate);
      for (; sent + burst <= due; sent += burst) {
        this.burst(burst);
        this.clients.flush();
      }
      const turn = this.clients.poll(0);
      if (turn !== undefined) await turn;
    }
  }

  /** Waits for what is under way. */
  private async drain(): Promise<void> {
    let [last, news] = [this.count().received, performance.now()];
    while (last < this.count().sent && performance.now() - news < END_MS) {
      await this.clients.poll(5);
      const { received } = this.count();
      if (received !== last) [last, news] = [received, performance.now()];
    }
  }

  /** The next sender's burst: each client sends, then its peer, then it is the next client's turn. */
  private burst(length: number): void {
    const turn = this.next++;
    const client = (turn >> 1) % this.sessions.length;
    for (let i = 0; i < length; i++) {
      if ((turn & 1) === 0) this.sendUp(client);
      else this.sendDown(client);
    }
  }

  private sendUp(client: number): void {
    const { bytes } = this.sockets.arena;
    const { family, indications, size } = this.job.scenario;
    const at = this.sockets.packet();
    if (indications === true) {
      this.writer
        .begin(bytes, at, MessageClass.Indication, Method.Send, this.transaction, 0)
        .xorAddress(Attribute.XorPeerAddress, this.peer.local)
        .inPlace(Attribute.Data, size);
      this.label(at + (family === 4 ? 36 : 48), client, 0);
      this.clients.send(client, at, this.writer.end());
      return;
    }
    writeChannelDataHeader(bytes, at, CHANNEL, size);
    this.label(at + 4, client, 0);
    this.clients.send(client, at, size + 4);
  }

  private sendDown(client: number): void {
    const at = this.sockets.packet();
    this.label(at, client, 1);
    this.sockets.send(this.peer, this.sessions[client]!.relayed, at, this.job.scenario.size);
  }

  private label(at: number, client: number, direction: Direction): void {
    this.labels.write(at, client, direction, this.tallies[direction].send(client));
  }

  private readonly receivedUp = (source: Endpoint, at: number, length: number): void => {
    const { labels, sessions } = this;
    const client = labels.client(at);
    const isRight =
      labels.isWhole(at, length, 0) && (!this.job.verify || sessions[client]?.relayed.equals(source) === true);
    this.received(isRight, 0, client, at, this.sockets.arrived);
  };

  private readonly receivedDown = (
    client: number,
    source: Endpoint | undefined,
    offset: number,
    length: number,
  ): void => {
    const { view, bytes } = this.sockets.arena;
    let [at, size] = [offset + 4, length - 4];
    if (this.job.scenario.indications === true) {
      const { reader } = this;
      const data = reader.read(bytes, offset, length) ? reader.find(Attribute.Data) : -1;
      [at, size] = data < 0 ? [offset, -1] : [reader.valueOffset(data), reader.valueLength(data)];
    } else if (view.getUint16(offset) !== CHANNEL || view.getUint16(offset + 2) !== size) {
      size = -1;
    }
    const isFromServer = !this.job.verify || source === undefined || source.equals(this.server);
    const isRight = this.labels.isWhole(at, size, 1) && this.labels.client(at) === client && isFromServer;
    this.received(isRight, 1, client, at, source === undefined ? performance.now() : this.sockets.arrived);
  };

  private received(isRight: boolean, direction: Direction, client: number, at: number, arrived: number): void {
    if (!isRight || client >= this.sessions.length) {
      this.wrong++;
      return;
    }
    this.latency.add(this.labels.age(at, arrived));
    this.tallies[direction].receive(client, this.labels.serial(at));
  }
}

async function main(job: Job): Promise<void> {
  const measurement = await new Generator(job).run();
  // Connections would keep it running.
  process.stdout.write(`${JSON.stringify(measurement)}\n`, () => process.exit());
}

void main(JSON.parse(process.argv[2] ?? '') as Job);
