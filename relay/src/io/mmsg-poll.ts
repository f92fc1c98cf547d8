import { arenaSize, type Arena } from './ffi/arena';
import { systemError, type Libc } from './ffi/libc';
import { EFD_NONBLOCK_CLOEXEC, EPOLLIN, EPOLL_CLOEXEC, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_EVENT } from './ffi/linux';

/** Sockets that one call names at most; the others come with the next. */
const CAPACITY = 256;

/** Waits until sockets have something (epoll, level-triggered), or until another thread wakes it. */
export class MmsgPoll {
  /** An eventfd: eight bytes written to it, from whatever thread, end the wait. */
  readonly wakeFd: number;
  readonly epoll: number;
  private readonly events: number;
  private readonly scratch: number;

  static readonly space = arenaSize(CAPACITY * EPOLL_EVENT.size, EPOLL_EVENT.size);

  constructor(
    private readonly libc: Libc,
    private readonly arena: Arena,
    /** Another's eventfd, which outlives this. @default one of its own */
    private readonly givenWakeFd?: number,
  ) {
    this.events = arena.take(CAPACITY * EPOLL_EVENT.size);
    this.scratch = arena.take(EPOLL_EVENT.size);
    this.epoll = libc.epoll_create1(EPOLL_CLOEXEC);
    if (this.epoll < 0) throw systemError(libc, 'epoll_create1');
    this.wakeFd = givenWakeFd ?? libc.eventfd(0, EFD_NONBLOCK_CLOEXEC);
    if (this.wakeFd < 0) throw systemError(libc, 'eventfd');
    this.add(this.wakeFd);
  }

  /** A descriptor leaves by being closed, or by `remove`. */
  add(fd: number): void {
    const { view, base } = this.arena;
    view.setUint32(this.scratch, EPOLLIN, true);
    view.setUint32(this.scratch + EPOLL_EVENT.data, fd, true);
    if (this.libc.epoll_ctl(this.epoll, EPOLL_CTL_ADD, fd, base + this.scratch) < 0) {
      throw systemError(this.libc, 'epoll_ctl');
    }
  }

  /** For a descriptor that stays open. */
  remove(fd: number): void {
    this.libc.epoll_ctl(this.epoll, EPOLL_CTL_DEL, fd, this.arena.base + this.scratch);
  }

  /** How many events there are; none if the time is over, or a signal came. */
  wait(timeoutMs: number): number {
    return Math.max(0, this.libc.epoll_wait(this.epoll, this.arena.base + this.events, CAPACITY, timeoutMs));
  }

  fd(event: number): number {
    return this.arena.view.getUint32(this.events + event * EPOLL_EVENT.size + EPOLL_EVENT.data, true);
  }

  flags(event: number): number {
    return this.arena.view.getUint32(this.events + event * EPOLL_EVENT.size, true);
  }

  /** Takes what woke it, or the next wait ends at once too. */
  rearm(): void {
    this.libc.read(this.wakeFd, this.arena.base + this.scratch, 8);
  }

  close(): void {
    this.libc.close(this.epoll);
    if (this.givenWakeFd === undefined) this.libc.close(this.wakeFd);
  }
}
