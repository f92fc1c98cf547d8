import { constants } from 'node:os';
import { loadKoffi, type Koffi } from './koffi';

/**
 * The C library's calls that batched datagrams need: all of them, and no others. Addresses are plain numbers into an
 * `Arena`, since passing objects costs more than the call. As in C, -1 means `errno`.
 */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: number, length: number): number;
  setsockopt(fd: number, level: number, name: number, value: number, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: number, length: number): number;
  getsockname(fd: number, address: number, length: number): number;
  close(fd: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epoll: number, operation: number, fd: number, event: number): number;
  epoll_wait(epoll: number, events: number, capacity: number, timeoutMs: number): number;
  recvmmsg(fd: number, messages: number, count: number, flags: number, timeout: number): number;
  sendmmsg(fd: number, messages: number, count: number, flags: number): number;
  recvfrom(fd: number, buffer: number, length: number, flags: number, address: number, addressLength: number): number;
  sendto(fd: number, buffer: number, length: number, flags: number, address: number, addressLength: number): number;
  eventfd(initial: number, flags: number): number;
  nanosleep(time: number, remaining: number): number;
  prctl(option: number, a: number, b: number, c: number, d: number): number;
  read(fd: number, buffer: number, length: number): number;
  write(fd: number, buffer: number, length: number): number;
  mmap(address: number, length: number, protection: number, flags: number, fd: number, offset: number): number;
  munmap(address: number, length: number): number;
  /** Of the last call that returned -1. */
  errno(): number;
  /** Where the bytes of a buffer are. */
  address(buffer: Uint8Array): number;
  /** Memory that JavaScript does not own: whoever has mapped it keeps it for as long as the buffer is used. */
  view(address: number, length: number): ArrayBuffer;
}

const SIGNATURES = [
  'int socket(int, int, int)',
  'int bind(int, uintptr_t, int)',
  'int setsockopt(int, int, int, uintptr_t, int)',
  'int getsockopt(int, int, int, uintptr_t, uintptr_t)',
  'int getsockname(int, uintptr_t, uintptr_t)',
  'int close(int)',
  'int epoll_create1(int)',
  'int epoll_ctl(int, int, int, uintptr_t)',
  'int epoll_wait(int, uintptr_t, int, int)',
  'int recvmmsg(int, uintptr_t, unsigned int, int, uintptr_t)',
  'int sendmmsg(int, uintptr_t, unsigned int, int)',
  'int recvfrom(int, uintptr_t, uintptr_t, int, uintptr_t, uintptr_t)',
  'int sendto(int, uintptr_t, uintptr_t, int, uintptr_t, int)',
  'int eventfd(unsigned int, int)',
  'int nanosleep(uintptr_t, uintptr_t)',
  'int prctl(int, uintptr_t, uintptr_t, uintptr_t, uintptr_t)',
  'int64_t read(int, uintptr_t, uintptr_t)',
  'int64_t write(int, uintptr_t, uintptr_t)',
  'int64_t mmap(uintptr_t, uintptr_t, int, int, int, int64_t)',
  'int munmap(uintptr_t, uintptr_t)',
];

/** glibc, or musl; the layouts that `linux.ts` states hold for both. */
const LIBRARIES = ['libc.so.6', `libc.musl-${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}.so.1`];

/** @throws Error if this is not Linux on x86-64 or arm64, or the calls are not to be had. */
export function loadLibc(): Libc {
  const { platform, arch } = process;
  if (platform !== 'linux' || (arch !== 'x64' && arch !== 'arm64')) {
    throw new Error(`no batched datagrams on ${platform} ${arch}: Linux on x64 or arm64 has them`);
  }
  const koffi = loadKoffi();
  const library = openFirst(koffi, LIBRARIES);
  const calls = Object.fromEntries(
    SIGNATURES.map(signature => [/(\w+)\(/.exec(signature)![1]!, library.func(signature)]),
  );
  const own: Pick<Libc, 'errno' | 'address' | 'view'> = {
    errno: () => koffi.errno(),
    address: buffer => Number(koffi.address(buffer)),
    view: (address, length) => koffi.view(address, length),
  };
  return { ...calls, ...own } as Libc;
}

/** The error of the call that has just returned -1. */
export function systemError(libc: Libc, call: string): NodeJS.ErrnoException {
  const code = errorCode(libc.errno());
  return Object.assign(new Error(`${call}: ${code}`), { code, syscall: call });
}

const CODES = new Map<number, string>(Object.entries(constants.errno).map(([name, number]) => [number, name]));

export function errorCode(errno: number): string {
  return CODES.get(errno) ?? `errno ${errno}`;
}

function openFirst(koffi: Koffi, names: readonly string[]): ReturnType<Koffi['load']> {
  const failures: string[] = [];
  for (const name of names) {
    try {
      return koffi.load(name);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new Error(`no C library (got ${failures.join('; ')}): ${names.join(' or ')}`);
}
