import { Endpoint } from '../net/endpoint';
import type { Flow } from '../turn/flow';
import type { RelayedTransport } from '../turn/relayed-transport';
import { isAnswerable } from './answerable';
import { Counts } from './counts';
import type { DescriptorOwners } from './descriptor-owners';
import type { DatagramContext, DatagramIo, Opened } from './datagram';
import { Arena, arenaSize } from './ffi/arena';
import type { Libc } from './ffi/libc';
import { EPOLLERR, EPOLLIN } from './ffi/linux';
import type { Memory } from './ffi/low-memory';
import { readSockaddr } from './ffi/sockaddr';
import { DESCRIPTOR_SPACE, UdpDescriptors } from './ffi/udp-descriptors';
import { BatchSizes } from './mmsg-batch-sizes';
import { MmsgBinder, type BoundSocket } from './mmsg-binder';
import { ErrorQueue, type OnIcmp } from './mmsg-error-queue';
import type { MmsgListener } from './mmsg-listener';
import { MmsgListeners } from './mmsg-listeners';
import { Moderation } from './mmsg-moderation';
import { MmsgPoll } from './mmsg-poll';
import { ReceiveSlots } from './mmsg-receive-slots';
import { SendQueue } from './mmsg-send-queue';

/** Datagrams taken in before any is sent. */
const SLOTS = 64;
/** Datagrams asked of a listener after a pause: what it leaves behind waits for the next one. */
const MODERATED_BATCH = 32;

export interface MmsgOptions {
  /** Takes listening sockets that another thread has opened. @default this thread opens its own */
  readonly take?: (listener: string) => readonly BoundSocket[];
  /** Runs of datagrams go out as one message that the kernel cuts. @default true */
  readonly segmentation?: boolean;
  /** Microseconds from one look for datagrams to the next while many come. @default 0: each is taken at once */
  readonly moderation?: number;
  /** Where this thread's descriptors are accounted for, and as whose. @default nowhere */
  readonly owned?: { readonly owners: DescriptorOwners; readonly by: number };
  /** An eventfd of another thread, to be woken by. @default one of its own */
  readonly wakeFd?: number;
  /** For the arena: `MmsgIo.space` bytes, mapped until the thread has ended. @default memory of its own */
  readonly memory?: Memory;
}

/**
 * UDP by batches: `epoll_wait`, `recvmmsg` and `sendmmsg` over one arena. A payload is never copied: what comes in is sent
 * from where it lies, with a header written in front if need be. No packet costs an object.
 *
 * `poll` is the loop's body, for a thread that does nothing else. Each listener has a socket for each address family.
 */
export class MmsgIo implements DatagramIo {
  static readonly space = arenaSize(
    DESCRIPTOR_SPACE,
    Moderation.space,
    MmsgPoll.space,
    ErrorQueue.space,
    ReceiveSlots.space(SLOTS),
    SendQueue.space,
  );

  readonly name: string;
  readonly dontFragment = true;
  readonly counts = new Counts();
  /** What another thread writes to, to end a `poll` before its time. */
  readonly wakeFd: number;
  /** When the last `poll` had waited enough: what a loop needs to know of time, without another look at the clock. */
  now = 0;
  private readonly arena: Arena;
  private readonly descriptors: UdpDescriptors;
  private readonly binder: MmsgBinder;
  private readonly poller: MmsgPoll;
  private readonly errors: ErrorQueue;
  private readonly slots: ReceiveSlots;
  private readonly queue: SendQueue;
  /** By file descriptor. */
  private readonly relays: (RelayedTransport | undefined)[] = [];
  private readonly batchSizes = new BatchSizes();
  private readonly listeners: MmsgListeners;
  private readonly source = new Endpoint();
  private readonly destination = new Endpoint();
  private nextSlot = 0;
  private readonly moderation: Moderation;
  /** Datagrams taken in since the last look. */
  private taken = 0;

  constructor(
    private readonly context: DatagramContext,
    private readonly libc: Libc,
    private readonly options: MmsgOptions = {},
  ) {
    const { segmentation = true, wakeFd, moderation = 0, memory } = options;
    this.name = segmentation ? 'recvmmsg and sendmmsg, segmentation by the kernel' : 'recvmmsg and sendmmsg';
    this.arena = new Arena(libc, MmsgIo.space, memory);
    this.descriptors = new UdpDescriptors(libc, this.arena);
    this.listeners = new MmsgListeners(context, this.descriptors);
    this.binder = new MmsgBinder(this.descriptors, context.relayPorts);
    this.moderation = new Moderation(libc, this.arena, moderation);
    this.poller = new MmsgPoll(libc, this.arena, wakeFd);
    this.own(this.poller.epoll);
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
    const { poller, moderation } = this;
    this.flush();
    moderation.pause();
    const events = poller.wait(timeoutMs);
    const now = this.context.clock();
    this.now = now;
    moderation.looked(this.taken, now);
    this.taken = 0;
    if (events === 0) return false;
    this.batchSizes.nextRound();
    let woken = false;
    for (let event = 0; event < events; event++) {
      const fd = poller.fd(event);
      const flags = poller.flags(event);
      const relay = this.relays[fd];
      const listener = relay === undefined ? this.listeners.at(fd) : undefined;
      if (relay !== undefined) {
        if ((flags & EPOLLERR) !== 0) this.drainErrors(relay, now);
        if ((flags & EPOLLIN) !== 0) this.receiveFromPeers(relay, now);
      } else if (listener !== undefined) {
        if ((flags & EPOLLIN) !== 0) this.receiveFromClients(listener, now);
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
      const bound = this.options.take?.(listener) ?? this.binder.listener(port);
      this.listeners.add(listener, number, bound);
      for (const { fd } of bound) this.serve(fd);
    } catch (error) {
      this.closeListener(number);
      opened(error as NodeJS.ErrnoException);
      return number;
    }
    opened();
    return number;
  }

  closeListener(socket: number): void {
    // What waits may be for its sockets, and their numbers will be others'.
    this.queue.flush();
    for (const fd of this.listeners.remove(socket)) this.shut(fd);
  }

  addressesChanged(): void {
    this.listeners.addressesChanged();
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
      const bound = this.binder.relay(relay, address);
      const transports = relay.next === undefined ? [relay] : [relay, relay.next];
      // All are known before any is served: what fails there closes them all.
      transports.forEach((transport, i) => this.enter(transport, bound[i]!.fd));
      for (const { handle } of transports) this.serve(handle);
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
    const { handle } = relay;
    relay.handle = -1;
    if (this.relays[handle] === undefined) return;
    // What waits may be for this socket, and its number will be another's.
    this.queue.flush();
    this.relays[handle] = undefined;
    this.shut(handle);
  }

  /** The address of this host that a client sends to; undefined where it has but one. */
  serverOf(flow: Flow): Endpoint | undefined {
    return this.listeners.home(flow)?.address;
  }

  /** `Flow.socket` of a client that sends to a listener's address; undefined while it is not open. */
  socketOf(listener: string, client: Endpoint, server: Endpoint | undefined): number | undefined {
    return this.listeners.socketOf(listener, client.family, server);
  }

  /** What waits for a relay socket goes out; then it is another thread's, which adopts it by its handle. */
  letGo(relay: RelayedTransport, owner: number): void {
    const { handle } = relay;
    relay.handle = -1;
    if (this.relays[handle] === undefined) return;
    this.queue.flush();
    this.relays[handle] = undefined;
    this.poller.remove(handle);
    this.options.owned?.owners.give(handle, owner);
  }

  /** Serves a relay socket that another thread has let go of, and given to this one. */
  adopt(relay: RelayedTransport): void {
    try {
      this.enter(relay, relay.handle);
      this.serve(relay.handle);
    } catch (error) {
      this.counts.addError(error as NodeJS.ErrnoException);
      this.closeRelay(relay);
    }
  }

  /** Closes one that another thread has given to this one, unadopted. */
  discard(handle: number): void {
    this.shut(handle);
  }

  sendToClient(flow: Flow, bytes: Uint8Array, offset: number, length: number): void {
    const home = this.listeners.home(flow);
    if (home === undefined) this.counts.add('no socket');
    else this.queue.push(home.fd, home.family, flow.client, bytes, offset, length, home.address);
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
    else if (dontFragment) this.queue.sendUnfragmented(this.descriptors, handle, family, peer, bytes, offset, length);
    else this.queue.push(handle, family, peer, bytes, offset, length);
  }

  private flush(): void {
    this.queue.flush();
    this.nextSlot = 0;
  }

  close(): void {
    this.flush();
    for (const fd of this.listeners.removeAll()) this.shut(fd);
    for (const relay of this.relays) if (relay !== undefined) this.closeRelay(relay);
    this.options.owned?.owners.release(this.poller.epoll, this.options.owned.by);
    this.poller.close();
  }

  private receiveFromClients(listener: MmsgListener, now: number): void {
    const { fd, family, isMultiHomed, main } = listener;
    const { arena, slots } = this;
    const batch = this.moderation.isActive ? MODERATED_BATCH : listener.batch;
    const first = this.freeSlots(batch);
    const received = isMultiHomed ? slots.receiveWithControl(fd, first, batch) : slots.receive(fd, first, batch);
    if (received <= 0) return;
    this.nextSlot = first + received;
    this.taken += received;
    listener.learn(received, batch);
    for (let slot = first; slot < first + received; slot++) {
      const flow = isMultiHomed ? this.flowOf(listener, slot) : main.flow;
      const length = slots.takeLength(slot);
      readSockaddr(arena.view, slots.nameOffset(slot), family, flow.client);
      if (this.answers(flow.client)) this.context.core.handleClient(flow, arena.bytes, slots.offset(slot), length, now);
    }
  }

  private receiveFromPeers(relay: RelayedTransport, now: number): void {
    const { handle, family } = relay;
    const { arena, slots, source, batchSizes } = this;
    const batch = batchSizes.of(handle);
    const first = this.freeSlots(batch);
    const received = slots.receive(handle, first, batch);
    if (received <= 0) return;
    this.nextSlot = first + received;
    this.taken += received;
    batchSizes.learn(handle, received);
    for (let slot = first; slot < first + received; slot++) {
      const length = slots.takeLength(slot);
      readSockaddr(arena.view, slots.nameOffset(slot), family, source);
      if (this.answers(source))
        this.context.core.handlePeer(relay, source, arena.bytes, slots.offset(slot), length, now);
    }
  }

  /** The first of so many slots that may be written to. */
  private freeSlots(count: number): number {
    if (this.nextSlot + count > SLOTS) this.flush();
    return this.nextSlot;
  }

  private answers(source: Endpoint): boolean {
    if (isAnswerable(source)) return true;
    this.counts.add('source without answer');
    return false;
  }

  private drainErrors(relay: RelayedTransport, now: number): void {
    const { core } = this.context;
    const onIcmp: OnIcmp = (peer, type, code, data) => {
      this.counts.add('ICMP error');
      core.handlePeerError?.(relay, peer, type, code, data, now);
    };
    this.errors.drain(relay.handle, relay.family, onIcmp);
  }

  /** The scratch flow of the address of this host that a client has sent to. */
  private flowOf(listener: MmsgListener, slot: number): Flow {
    const { arena, slots, listeners, destination } = this;
    const { family, main, hasEarlierClients } = listener;
    if (!slots.destination(slot, family, destination)) return main.flow;
    if (hasEarlierClients) {
      readSockaddr(arena.view, slots.nameOffset(slot), family, main.flow.client);
      if (this.context.core.serves?.(main.flow) === true) return main.flow;
    }
    return listeners.homeAt(listener, destination).flow;
  }

  private enter(relay: RelayedTransport, fd: number): void {
    relay.handle = fd;
    this.relays[fd] = relay;
    this.batchSizes.add(fd);
  }

  private serve(fd: number): void {
    this.own(fd);
    this.poller.add(fd);
  }

  private own(fd: number): void {
    this.options.owned?.owners.give(fd, this.options.owned.by);
  }

  private shut(fd: number): void {
    const { owned } = this.options;
    owned?.owners.release(fd, owned.by);
    this.libc.close(fd);
  }
}
