import { constants } from 'node:os';
import type { Endpoint } from '../../net/endpoint';
import { arenaSize, type Arena } from './arena';
import { systemError, type Libc } from './libc';
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_MTU_DISCOVER,
  IPV6_RECVERR,
  IPV6_RECVPKTINFO,
  IPV6_V6ONLY,
  IP_MTU_DISCOVER,
  IP_PKTINFO,
  IP_RECVERR,
  PMTUDISC_DO,
  PMTUDISC_DONT,
  PMTUDISC_WANT,
  SOL_SOCKET,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  UDP_SOCKET,
} from './linux';
import { readSockaddr, SOCKADDR_SPACE, sockaddrLength, writeSockaddr, type Family } from './sockaddr';

const { EADDRINUSE } = constants.errno;

export interface UdpOptions {
  /** Several sockets share the port, and the kernel keeps each client with one of them. */
  readonly reusePort?: boolean;
  /** ICMP errors wait in the socket's error queue. */
  readonly errorQueue?: boolean;
  /** Bytes to ask for in each direction; without CAP_NET_ADMIN the kernel grants what its limits allow. */
  readonly bufferSize: number;
}

/** A host without IPv6 answers with one of these. */
export const WITHOUT_IPV6: ReadonlySet<string> = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL']);

/** Bytes of an arena that `UdpDescriptors` needs. */
export const DESCRIPTOR_SPACE = arenaSize(SOCKADDR_SPACE, 8);

/**
 * Opens, binds and tunes UDP sockets. A file descriptor that is handed out is the caller's to close.
 *
 * Of the behaviours that RFC 8656 14 allows for IP header fields these have the alternate one: DSCP is best effort, ECN is
 * Not-ECT, the TTL is the system's, and DF is clear unless a client asks for it. Copying what came in would cost every
 * datagram a control message in and one out; the DF bit and the TTL of single packets in a run the kernel does not tell.
 */
export class UdpDescriptors {
  private readonly address: number;
  private readonly integer: number;

  constructor(
    private readonly libc: Libc,
    private readonly arena: Arena,
  ) {
    this.address = arena.take(SOCKADDR_SPACE);
    this.integer = arena.take(8);
  }

  /** An IPv6 socket leaves IPv4 alone. @throws ErrnoException such as EADDRINUSE. */
  open(family: Family, local: Endpoint, options: UdpOptions): number {
    return this.openAtFirst(family, local, [local.port], options);
  }

  /** The same at the first of these ports that is free, which `local` is told. @throws ErrnoException such as EADDRINUSE. */
  openAtFirst(family: Family, local: Endpoint, ports: Iterable<number>, options: UdpOptions): number {
    const { reusePort = false, errorQueue = false, bufferSize } = options;
    const { libc } = this;
    const fd = libc.socket(family === 4 ? AF_INET : AF_INET6, UDP_SOCKET, 0);
    if (fd < 0) throw systemError(libc, 'socket');
    if (family === 6) this.set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
    if (reusePort) this.set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    this.setDontFragment(fd, family, false);
    if (!this.bind(fd, family, local, ports)) {
      const error = systemError(libc, 'bind');
      libc.close(fd);
      throw error;
    }
    if (errorQueue && family === 4) this.set(fd, IPPROTO_IP, IP_RECVERR, 1);
    if (errorQueue && family === 6) this.set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
    if (!this.set(fd, SOL_SOCKET, SO_RCVBUFFORCE, bufferSize)) this.set(fd, SOL_SOCKET, SO_RCVBUF, bufferSize);
    if (!this.set(fd, SOL_SOCKET, SO_SNDBUFFORCE, bufferSize)) this.set(fd, SOL_SOCKET, SO_SNDBUF, bufferSize);
    return fd;
  }

  /** Whether datagrams of this socket must not be fragmented on their way. */
  setDontFragment(fd: number, family: Family, on: boolean): boolean {
    return family === 4
      ? this.set(fd, IPPROTO_IP, IP_MTU_DISCOVER, on ? PMTUDISC_DO : PMTUDISC_DONT)
      : this.set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, on ? PMTUDISC_DO : PMTUDISC_WANT);
  }

  /** From now on datagrams say which address of this host they were sent to. */
  tellDestination(fd: number, family: Family): boolean {
    return family === 4 ? this.set(fd, IPPROTO_IP, IP_PKTINFO, 1) : this.set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  }

  /** Sets `into` to where the socket is bound. */
  localAddress(fd: number, family: Family, into: Endpoint): void {
    const { libc, arena } = this;
    arena.view.setUint32(this.integer, SOCKADDR_SPACE, true);
    if (libc.getsockname(fd, arena.base + this.address, arena.base + this.integer) < 0) {
      throw systemError(libc, 'getsockname');
    }
    readSockaddr(arena.view, this.address, family, into);
  }

  close(fd: number): void {
    this.libc.close(fd);
  }

  private bind(fd: number, family: Family, local: Endpoint, ports: Iterable<number>): boolean {
    const { libc, arena } = this;
    for (const port of ports) {
      local.port = port;
      writeSockaddr(arena.view, this.address, family, local);
      if (libc.bind(fd, arena.base + this.address, sockaddrLength(family)) === 0) return true;
      if (libc.errno() !== EADDRINUSE) break;
    }
    return false;
  }

  /** False if the kernel refuses. */
  private set(fd: number, level: number, name: number, value: number): boolean {
    this.arena.view.setInt32(this.integer, value, true);
    return this.libc.setsockopt(fd, level, name, this.arena.base + this.integer, 4) === 0;
  }
}
