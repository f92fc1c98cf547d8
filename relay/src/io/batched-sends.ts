import type { Endpoint } from '../net/endpoint';
import type { Counts } from './counts';
import { Arena, arenaSize } from './ffi/arena';
import type { Libc } from './ffi/libc';
import type { Family } from './ffi/sockaddr';
import { DESCRIPTOR_SPACE, UdpDescriptors } from './ffi/udp-descriptors';
import { SendQueue } from './mmsg-send-queue';

/** Batched sending for a thread that runs Node's loop: all that one turn of it brings leaves together. */
export class BatchedSends {
  readonly descriptors: UdpDescriptors;
  private readonly queue: SendQueue;
  private scheduled = false;

  constructor(libc: Libc, segmentation: boolean, counts: Counts) {
    const arena = new Arena(libc, arenaSize(DESCRIPTOR_SPACE, SendQueue.space));
    this.descriptors = new UdpDescriptors(libc, arena);
    this.queue = new SendQueue(libc, arena, counts);
    this.queue.segmentation = segmentation;
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
