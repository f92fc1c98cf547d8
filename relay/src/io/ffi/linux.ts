/** Numbers and memory layouts of Linux on 64-bit little-endian machines: x86-64 and arm64. */

export const AF_INET = 2;
export const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
export const UDP_SOCKET = SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

export const SOL_SOCKET = 1;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_REUSEPORT = 15;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;

export const IPPROTO_IP = 0;
export const IP_PKTINFO = 8;
export const IP_MTU_DISCOVER = 10;
export const IP_RECVERR = 11;

export const IPPROTO_IPV6 = 41;
export const IPV6_MTU_DISCOVER = 23;
export const IPV6_RECVERR = 25;
export const IPV6_V6ONLY = 26;
export const IPV6_RECVPKTINFO = 49;
export const IPV6_PKTINFO = 50;

/** Values of IP_MTU_DISCOVER: DF clear; fragment what is too long for the path, as far as known; never fragment. */
export const PMTUDISC_DONT = 0;
export const PMTUDISC_WANT = 1;
export const PMTUDISC_DO = 2;

export const SOL_UDP = 17;
/** Control message: one payload that the kernel cuts into datagrams of this size. */
export const UDP_SEGMENT = 103;

export const MSG_DONTWAIT = 0x40;
export const MSG_ERRQUEUE = 0x2000;
export const MSG_TRUNC = 0x20;

export const EFD_NONBLOCK_CLOEXEC = SOCK_NONBLOCK | SOCK_CLOEXEC;
export const EPOLL_CLOEXEC = SOCK_CLOEXEC;
export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLLIN = 1;
export const EPOLLERR = 8;

export const PROT_READ_WRITE = 3;
export const MAP_PRIVATE_ANONYMOUS = 0x22;
/** Fails where something else is. */
export const MAP_FIXED_NOREPLACE = 0x100000;

export const PR_SET_TIMERSLACK = 29;

/** `struct timespec`. */
export const TIMESPEC = { size: 16, seconds: 0, nanoseconds: 8 } as const;

/** `struct epoll_event` is packed on x86-64 alone. */
export const EPOLL_EVENTS = { x64: { size: 12, events: 0, data: 4 }, arm64: { size: 16, events: 0, data: 8 } } as const;
export const EPOLL_EVENT = EPOLL_EVENTS[process.arch === 'x64' ? 'x64' : 'arm64'];

/** `struct mmsghdr`: a `struct msghdr` of 56 bytes, and how long the datagram was. */
export const MMSGHDR = {
  size: 64,
  name: 0,
  nameLength: 8,
  iov: 16,
  iovLength: 24,
  control: 32,
  controlLength: 40,
  flags: 48,
  length: 56,
} as const;

/** `struct iovec`. */
export const IOVEC = { size: 16, base: 0, length: 8 } as const;

/** `struct cmsghdr`, its data behind it, each message padded to eight bytes. */
export const CMSG = { length: 0, level: 8, type: 12, data: 16 } as const;

/** `struct sockaddr_in` and `sockaddr_in6`. */
export const SOCKADDR_IN = { size: 16, port: 2, address: 4 } as const;
export const SOCKADDR_IN6 = { size: 28, port: 2, flow: 4, address: 8, scope: 24 } as const;

/**
 * `struct in_pktinfo` and `in6_pktinfo`: the local address of a datagram. For IPv4 `local` is the one to answer from, and
 * the header's destination lies behind it.
 */
export const IN_PKTINFO = { size: 12, local: 4 } as const;
export const IN6_PKTINFO = { size: 20, local: 0 } as const;

/** `struct sock_extended_err`, and behind it the address of the router or host that reported the error. */
export const EXTENDED_ERROR = { errno: 0, origin: 4, type: 5, code: 6, info: 8, size: 16 } as const;
export const SO_EE_ORIGIN_ICMP = 2;
export const SO_EE_ORIGIN_ICMP6 = 3;
