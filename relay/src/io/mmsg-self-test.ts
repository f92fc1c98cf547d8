import { Endpoint } from '../net/endpoint';
import { Counts } from './counts';
import { Arena, arenaSize } from './ffi/arena';
import type { Libc } from './ffi/libc';
import { readSockaddr } from './ffi/sockaddr';
import { DESCRIPTOR_SPACE, UdpDescriptors } from './ffi/udp-descriptors';
import { MmsgPoll } from './mmsg-poll';
import { ReceiveSlots } from './mmsg-receive-slots';
import { SendQueue } from './mmsg-send-queue';

const SLOTS = 8;
const BUFFER = 64 * 1024;
/** Datagrams to one destination: a run of equal sizes with a shorter end, and a longer one. */
const LENGTHS = [100, 100, 100, 60, 200];
const PATIENCE_MS = 1000;

/**
 * Sends datagrams to itself by the very calls that will carry clients' and compares what comes back, so that a kernel, a C
 * library or a sandbox which differs is found before it costs anyone a packet.
 *
 * @returns whether the kernel cuts runs. @throws Error if datagrams do not come back as they were sent
 */
export function selfTest(libc: Libc): { readonly segmentation: boolean } {
  if (sendToSelf(libc, true)) return { segmentation: true };
  if (sendToSelf(libc, false)) return { segmentation: false };
  throw new Error('datagrams to this host itself did not come back as they were sent');
}

function sendToSelf(libc: Libc, segmentation: boolean): boolean {
  const arena = new Arena(
    libc,
    arenaSize(DESCRIPTOR_SPACE, MmsgPoll.space, ReceiveSlots.space(SLOTS), SendQueue.space, 1024),
  );
  const descriptors = new UdpDescriptors(libc, arena);
  const poller = new MmsgPoll(libc, arena);
  const fds: number[] = [];
  try {
    const open = (): { fd: number; family: 4; local: Endpoint } => {
      const local = Endpoint.of('127.0.0.1');
      const fd = descriptors.open(4, local, { bufferSize: BUFFER });
      fds.push(fd);
      descriptors.localAddress(fd, 4, local);
      return { fd, family: 4, local };
    };
    const [from, to] = [open(), open()];
    poller.add(to.fd);
    const counts = new Counts();
    const queue = new SendQueue(libc, arena, counts);
    queue.segmentation = segmentation;
    const bytes = arena.take(1024);
    let at = bytes;
    for (const [i, length] of LENGTHS.entries()) {
      arena.bytes.fill(i + 1, at, at + length);
      queue.push(from.fd, 4, to.local, arena.bytes, at, length);
      at += length;
    }
    queue.flush();
    const slots = new ReceiveSlots(libc, arena, SLOTS);
    return [...counts.entries()].length === 0 && allCame(arena, poller, slots, to.fd, from.local);
  } finally {
    for (const fd of fds) libc.close(fd);
    poller.close();
  }
}

function allCame(arena: Arena, poller: MmsgPoll, slots: ReceiveSlots, fd: number, sender: Endpoint): boolean {
  const source = new Endpoint();
  let expected = 0;
  while (expected < LENGTHS.length) {
    if (poller.wait(PATIENCE_MS) !== 1 || poller.fd(0) !== fd) return false;
    // The first by the call for one datagram, the rest by the call for many.
    const received = slots.receive(fd, 0, expected === 0 ? 1 : SLOTS);
    if (received <= 0) return false;
    for (let slot = 0; slot < received; slot++, expected++) {
      const length = slots.takeLength(slot);
      readSockaddr(arena.view, slots.nameOffset(slot), 4, source);
      const payload = arena.bytes.subarray(slots.offset(slot), slots.offset(slot) + length);
      const isRight = length === LENGTHS[expected] && payload.every(byte => byte === expected + 1);
      if (!isRight || !source.equals(sender)) return false;
    }
  }
  return true;
}
