import { Endpoint } from '../net/endpoint';
import { Flow } from '../turn/flow';
import type { RelayedTransport } from '../turn/relayed-transport';
import { Counts } from './counts';
import type { DatagramContext, DatagramIo, Opened } from './datagram';
import { Arena, arenaSize } from './ffi/arena';
import type { Libc } from './ffi/libc';
import { EPOLLERR, EPOLLIN } from './ffi/linux';
import { readSockaddr } from './ffi/sockaddr';
import { DESCRIPTOR_SPACE, UdpDescriptors } from './ffi/udp-descriptors';
import { MmsgBinder } from './mmsg-binder';
import { ErrorQueue, type OnIcmp } from './mmsg-error-queue';
import { MmsgPoll } from './mmsg-poll';
import { ReceiveSlots } from './mmsg-receive-slots';
import { SendQueue } from './mmsg-send-queue';
import { MmsgSocket } from './mmsg-socket';

/** Datagrams taken in before any is sent. */
const SLOTS = 64;

export interface MmsgOptions {
  /** Listening sockets share their port with those of other threads. @default false */
  readonly reusePort?: boolean;
  /** Runs of datagrams go out as one message that the kernel cuts. @default true */
  readonly segmentation?: boolean;
}

/**
 * UDP by batches: `epoll_wait`, `recvmmsg` and `sendmmsg` over one arena. A payload is never copied: what comes in is sent
 * from where it lies, with a header written in front if need be. No packet costs an object.
 *
 * `poll` is the loop's body, for a thread that does nothing else. Each listener has a socket for each address family.
 */
export class MmsgIo implements DatagramIo {
  readonly name: string;
  readonly dontFragment = true;
  readonly counts = new Counts();
  /** What another thread writes to, to end a `poll` before its time. */
  readonly wakeFd: number;
  private readonly arena: Arena;
  private readonly descriptors: UdpDescriptors;
  private readonly binder: MmsgBinder;
  private readonly poller: MmsgPoll;
  private readonly errors: ErrorQueue;
  private readonly slots: ReceiveSlots;
  private readonly queue: SendQueue;
  /** By file descriptor. */
  private readonly sockets: (MmsgSocket | undefined)[] = [];
  /** By `Flow.socket`, for each family. */
  private readonly listening4: (MmsgSocket | undefined)[] = [];
  private readonly listening6: (MmsgSocket | undefined)[] = [];
  private readonly source = new Endpoint();
  private nextSlot = 0;
  private round = 0;

  constructor(
    private readonly context: DatagramContext,
    private readonly libc: Libc,
    { reusePort = false, segmentation = true }: MmsgOptions = {},
  ) {
    this.name = segmentation ? 'recvmmsg and sendmmsg, segmentation by the kernel' : 'recvmmsg and sendmmsg';
    this.arena = new Arena(
      libc,
      arenaSize(DESCRIPTOR_SPACE, MmsgPoll.space, ErrorQueue.space, ReceiveSlots.space(SLOTS), SendQueue.space),
    );
    this.descriptors = new UdpDescriptors(libc, this.arena);
    this.binder = new MmsgBinder(this.descriptors, context.relayPorts, reusePort);
    this.poller = new MmsgPoll(libc, this.arena);
    this.wakeFd = this.poller.wakeFd;
    this.errors = new ErrorQueue(libc, this.arena);
    this.slots = new ReceiveSlots(libc, this.arena, SLOTS);
    this.queue = new SendQueue(libc, this.arena, this.counts);
    this.queue.segmentation = segmentation;
  }

  /**
   * Sends what waits, waits for datagrams for so long at most, and handles what came: what that brings forth goes out with
   * the next call. True if another thread woke it.
   */
  poll(timeoutMs: number): boolean {
    const { poller } = this;
    this.flush();
    const events = poller.wait(timeoutMs);
    if (events === 0) return false;
    const now = this.context.clock();
    this.round++;
    let woken = false;
    for (let event = 0; event < events; event++) {
      const fd = poller.fd(event);
      const flags = poller.flags(event);
      const socket = this.sockets[fd];
      if (socket !== undefined) {
        if ((flags & EPOLLERR) !== 0) this.drainErrors(socket, now);
        if ((flags & EPOLLIN) !== 0) this.receive(socket, now);
      } else if (fd === this.wakeFd) {
        poller.rearm();
        woken = true;
      }
    }
    return woken;
  }

  listen(listener: string, port: number, opened: Opened): number {
    const number = this.context.numbers.next();
    try {
      for (const { fd, family } of this.binder.listener(port)) {
        const socket = new MmsgSocket(fd, family, new Flow('udp', listener, number), undefined);
        (family === 4 ? this.listening4 : this.listening6)[number] = socket;
        this.add(socket);
      }
    } catch (error) {
      this.closeListener(number);
      opened(error as NodeJS.ErrnoException);
      return number;
    }
    opened();
    return number;
  }

  closeListener(socket: number): void {
    for (const listening of [this.listening4, this.listening6]) {
      this.remove(listening[socket]?.fd ?? -1);
      listening[socket] = undefined;
    }
  }

  openRelay(relay: RelayedTransport): void {
    const { core, clock, relayAddress } = this.context;
    const address = relayAddress(relay.listener, relay.family);
    if (address === undefined) {
      this.counts.add('no relay address');
      core.relayFailed(relay, clock());
      return;
    }
    try {
      const [own, next] = this.binder.relay(relay, address);
      for (const [transport, bound] of [
        [relay, own],
        [relay.next, next],
      ] as const) {
        if (transport === undefined || bound === undefined) continue;
        transport.handle = bound.fd;
        this.add(new MmsgSocket(bound.fd, bound.family, undefined, transport));
      }
    } catch (error) {
      this.counts.addError(error as NodeJS.ErrnoException);
      this.closeRelay(relay);
      if (relay.next !== undefined) this.closeRelay(relay.next);
      core.relayFailed(relay, clock());
      return;
    }
    core.relayOpened(relay, clock());
  }

  closeRelay(relay: RelayedTransport): void {
    this.remove(relay.handle);
    relay.handle = -1;
  }

  sendToClient(flow: Flow, bytes: Uint8Array, offset: number, length: number): void {
    const { client } = flow;
    const socket = (client.isIpv4 ? this.listening4 : this.listening6)[flow.socket];
    if (socket === undefined) this.counts.add('no socket');
    else this.queue.push(socket.fd, socket.family, client, bytes, offset, length);
  }

  sendToPeer(
    relay: RelayedTransport,
    peer: Endpoint,
    bytes: Uint8Array,
    offset: number,
    length: number,
    dontFragment: boolean,
  ): void {
    const { handle, family } = relay;
    if (handle < 0) this.counts.add('no socket');
    else if (peer.port === 0) this.counts.add('port 0');
    else if (peer.family !== family) this.counts.add('EINVAL');
    else if (dontFragment) this.sendUnfragmented(relay, peer, bytes, offset, length);
    else this.queue.push(handle, family, peer, bytes, offset, length);
  }

  private flush(): void {
    this.queue.flush();
    this.nextSlot = 0;
  }

  close(): void {
    this.flush();
    for (const socket of this.sockets) if (socket !== undefined) this.libc.close(socket.fd);
    this.sockets.length = 0;
    this.listening4.length = 0;
    this.listening6.length = 0;
    this.poller.close();
  }

  private receive(socket: MmsgSocket, now: number): void {
    const { batch, family, flow, relay } = socket;
    if (this.nextSlot + batch > SLOTS) this.flush();
    const { core } = this.context;
    const { arena, slots, nextSlot: first } = this;
    const received = slots.receive(socket.fd, first, batch);
    if (received <= 0) return;
    this.nextSlot = first + received;
    socket.learn(received, batch, this.round);
    const source = flow === undefined ? this.source : flow.client;
    for (let slot = first; slot < first + received; slot++) {
      const length = slots.takeLength(slot);
      readSockaddr(arena.view, slots.nameOffset(slot), family, source);
      if (source.port === 0 || isLinkLocal(source)) this.counts.add('source without answer');
      else if (flow !== undefined) core.handleClient(flow, arena.bytes, slots.offset(slot), length, now);
      else if (relay !== undefined) core.handlePeer(relay, source, arena.bytes, slots.offset(slot), length, now);
    }
  }

  private drainErrors({ fd, family, relay }: MmsgSocket, now: number): void {
    const { core } = this.context;
    const onIcmp: OnIcmp = (peer, type, code, data) => {
      this.counts.add('ICMP error');
      if (relay !== undefined) core.handlePeerError?.(relay, peer, type, code, data, now);
    };
    this.errors.drain(fd, family, onIcmp);
  }

  /** The DF bit belongs to the socket, so what waits goes out before, and this by itself. */
  private sendUnfragmented(
    { handle, family }: RelayedTransport,
    peer: Endpoint,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    this.queue.flush();
    this.descriptors.setDontFragment(handle, family, true);
    this.queue.push(handle, family, peer, bytes, offset, length);
    this.queue.flush();
    this.descriptors.setDontFragment(handle, family, false);
  }

  private add(socket: MmsgSocket): void {
    this.sockets[socket.fd] = socket;
    this.poller.add(socket.fd);
  }

  private remove(fd: number): void {
    if (this.sockets[fd] === undefined) return;
    // What waits may be for this socket, and its number will be another's.
    this.queue.flush();
    this.sockets[fd] = undefined;
    this.libc.close(fd);
  }
}

/** fe80::/10: not to be answered without a zone. */
function isLinkLocal({ a }: Endpoint): boolean {
  return a >>> 22 === 0x3fa;
}
