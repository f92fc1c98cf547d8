import { Endpoint } from '../net/endpoint';
import { isAnswerable } from './answerable';
import type { Counts } from './counts';
import { Arena, arenaSize } from './ffi/arena';
import type { Libc } from './ffi/libc';
import { readSockaddr, type Family } from './ffi/sockaddr';
import { DESCRIPTOR_SPACE, UdpDescriptors } from './ffi/udp-descriptors';
import { ReceiveSlots } from './mmsg-receive-slots';
import { SendQueue } from './mmsg-send-queue';

/** Datagrams taken by one call: with those that Node takes in between, no socket keeps the others waiting for long. */
const SLOTS = 16;

/** A datagram with headroom and tailroom, valid during the call. */
export type OnSlot = (source: Endpoint, bytes: Uint8Array, offset: number, length: number, now: number) => void;

/** Batched calls for a thread that runs Node's loop: all that one turn of it sends leaves together. */
export class DatagramBatches {
  readonly descriptors: UdpDescriptors;
  /** Not the one that is sent from: what came in may be overwritten before that leaves. */
  private readonly slotArena: Arena;
  private readonly slots: ReceiveSlots;
  private readonly queue: SendQueue;
  private readonly source = new Endpoint();
  private scheduled = false;

  constructor(
    libc: Libc,
    segmentation: boolean,
    private readonly counts: Counts,
  ) {
    const arena = new Arena(libc, arenaSize(DESCRIPTOR_SPACE, SendQueue.space));
    this.descriptors = new UdpDescriptors(libc, arena);
    this.queue = new SendQueue(libc, arena, counts);
    this.slotArena = new Arena(libc, ReceiveSlots.space(SLOTS));
    this.slots = new ReceiveSlots(libc, this.slotArena, SLOTS);
    this.queue.segmentation = segmentation;
  }

  /** Takes some of what waits in a socket, which all comes `now`. Returns how many there were. */
  receive(fd: number, family: Family, now: number, onSlot: OnSlot): number {
    const { slotArena, slots, source, counts } = this;
    const received = slots.receive(fd, 0, SLOTS);
    for (let slot = 0; slot < received; slot++) {
      const length = slots.takeLength(slot);
      readSockaddr(slotArena.view, slots.nameOffset(slot), family, source);
      if (isAnswerable(source)) onSlot(source, slotArena.bytes, slots.offset(slot), length, now);
      else counts.add('source without answer');
    }
    return received;
  }

  send(fd: number, family: Family, to: Endpoint, bytes: Uint8Array, offset: number, length: number): void {
    this.queue.push(fd, family, to, bytes, offset, length);
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  sendUnfragmented(fd: number, family: Family, to: Endpoint, bytes: Uint8Array, offset: number, length: number): void {
    this.queue.sendUnfragmented(this.descriptors, fd, family, to, bytes, offset, length);
  }

  /** To be called before a socket is closed: its number will be another's. */
  flush(): void {
    this.queue.flush();
  }
}
