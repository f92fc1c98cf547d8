import { Endpoint } from '../src/net/endpoint';
import { Counts } from '../src/io/counts';
import { Arena } from '../src/io/ffi/arena';
import { loadLibc } from '../src/io/ffi/libc';
import { readSockaddr, type Family } from '../src/io/ffi/sockaddr';
import { UdpDescriptors } from '../src/io/ffi/udp-descriptors';
import { MmsgPoll } from '../src/io/mmsg-poll';
import { ReceiveSlots } from '../src/io/mmsg-receive-slots';
import { SendQueue } from '../src/io/mmsg-send-queue';
import { SocketFacts } from './socket-facts';

const ARENA = 64 * 1024 * 1024;
const SLOTS = 128;
const PACKETS = 128;
const PACKET_SPACE = 2048;

export interface BenchSocket {
  readonly fd: number;
  readonly family: Family;
  readonly local: Endpoint;
}

/** Told of each datagram: the socket's file descriptor, where it came from, and where its bytes are. */
export type OnDatagram = (fd: number, source: Endpoint, offset: number, length: number) => void;

/** The generator's sockets: the same system calls as the relay's, without its logic and without segmentation. */
export class Sockets {
  readonly arena: Arena;
  readonly counts = new Counts();
  /** When the datagram that is being handled arrived, if asked for: else the time of each look at this. */
  get arrived(): number {
    return this.arrivedAt ?? performance.now();
  }

  private readonly descriptors: UdpDescriptors;
  private readonly poller: MmsgPoll;
  private readonly slots: ReceiveSlots;
  private readonly queue: SendQueue;
  private readonly packets: number;
  private readonly source = new Endpoint();
  private readonly facts: SocketFacts;
  private readonly opened: number[] = [];
  private nextPacket = 0;
  private arrivedAt: number | undefined;

  constructor(
    private readonly family: Family,
    /** Whether the kernel says when datagrams arrive. */
    private readonly tellsArrival = false,
  ) {
    const libc = loadLibc();
    this.arena = new Arena(libc, ARENA);
    this.facts = new SocketFacts(libc, this.arena);
    this.descriptors = new UdpDescriptors(libc, this.arena);
    this.poller = new MmsgPoll(libc, this.arena);
    this.slots = new ReceiveSlots(libc, this.arena, SLOTS);
    this.queue = new SendQueue(libc, this.arena, this.counts);
    this.queue.segmentation = false;
    this.packets = this.arena.take(PACKETS * PACKET_SPACE);
  }

  open(address: string): BenchSocket {
    const { family } = this;
    const local = Endpoint.of(address);
    const fd = this.descriptors.open(family, local, { bufferSize: 4 * 1024 * 1024 });
    this.descriptors.localAddress(fd, family, local);
    if (this.tellsArrival) this.facts.tellArrival(fd);
    this.poller.add(fd);
    this.opened.push(fd);
    return { fd, family, local };
  }

  /** Offset of the next packet's bytes, to be filled and then sent. */
  packet(): number {
    if (this.nextPacket === PACKETS) this.flush();
    return this.packets + this.nextPacket++ * PACKET_SPACE;
  }

  send(socket: BenchSocket, to: Endpoint, offset: number, length: number): void {
    this.queue.push(socket.fd, socket.family, to, this.arena.bytes, offset, length);
  }

  flush(): void {
    this.queue.flush();
    this.nextPacket = 0;
  }

  /** Datagrams that have arrived and found no room. */
  drops(): number {
    return this.opened.reduce((sum, fd) => sum + this.facts.drops(fd), 0);
  }

  /** Receives what has come, after waiting so long for it at most. */
  poll(timeoutMs: number, onDatagram: OnDatagram): void {
    const { slots, source, arena, facts, tellsArrival } = this;
    const events = this.poller.wait(timeoutMs);
    for (let event = 0; event < events; event++) {
      const fd = this.poller.fd(event);
      const received = tellsArrival ? slots.receiveWithControl(fd, 0, SLOTS) : slots.receive(fd, 0, SLOTS);
      for (let slot = 0; slot < received; slot++) {
        if (tellsArrival) this.arrivedAt = facts.arrival(slots.controlOffset(slot), slots.controlLength(slot));
        const length = slots.takeLength(slot);
        readSockaddr(arena.view, slots.nameOffset(slot), this.family, source);
        onDatagram(fd, source, slots.offset(slot), length);
      }
    }
  }
}
