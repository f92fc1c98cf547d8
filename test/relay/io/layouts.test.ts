import {
  CMSG,
  EPOLL_EVENT,
  EPOLL_EVENTS,
  EXTENDED_ERROR,
  IN6_PKTINFO,
  IN_PKTINFO,
  IOVEC,
  MMSGHDR,
  SOCKADDR_IN,
  SOCKADDR_IN6,
} from '../../../relay/src/io/ffi/linux';

/** Bytes of C's types on 64-bit Linux, x86-64 and arm64 alike; each is aligned to its size. */
const SIZES = { u8: 1, u16: 2, u32: 4, int: 4, u64: 8, long: 8, pointer: 8 };
type Type = keyof typeof SIZES;
type Field = readonly [name: string, type: Type, count?: number];

/** Where a compiler puts the fields of a structure, and how large it is. */
function layout(fields: readonly Field[], packed = false): Record<string, number> {
  const offsets: Record<string, number> = {};
  let [end, alignment] = [0, 1];
  for (const [name, type, count = 1] of fields) {
    const size = SIZES[type];
    const aligned = packed ? 1 : size;
    end = Math.ceil(end / aligned) * aligned;
    offsets[name] = end;
    end += size * count;
    alignment = Math.max(alignment, aligned);
  }
  return { ...offsets, size: Math.ceil(end / alignment) * alignment };
}

const EPOLL: readonly Field[] = [
  ['events', 'u32'],
  ['data', 'u64'],
];

describe('structures lie in memory as the headers of Linux declare them', () => {
  test.each<[string, Record<string, number>, readonly Field[]]>([
    ['epoll_event on arm64', EPOLL_EVENTS.arm64, EPOLL],
    [
      'mmsghdr',
      MMSGHDR,
      [
        ['name', 'pointer'],
        ['nameLength', 'u32'],
        ['iov', 'pointer'],
        ['iovLength', 'long'],
        ['control', 'pointer'],
        ['controlLength', 'long'],
        ['flags', 'int'],
        // The structure around it begins a new one here, at its alignment.
        ['padding', 'int'],
        ['length', 'u32'],
      ],
    ],
    [
      'iovec',
      IOVEC,
      [
        ['base', 'pointer'],
        ['length', 'long'],
      ],
    ],
    [
      'cmsghdr',
      CMSG,
      [
        ['length', 'long'],
        ['level', 'int'],
        ['type', 'int'],
        ['data', 'long'],
      ],
    ],
    [
      'sockaddr_in',
      SOCKADDR_IN,
      [
        ['family', 'u16'],
        ['port', 'u16'],
        ['address', 'u32'],
        ['zero', 'u8', 8],
      ],
    ],
    [
      'sockaddr_in6',
      SOCKADDR_IN6,
      [
        ['family', 'u16'],
        ['port', 'u16'],
        ['flow', 'u32'],
        ['address', 'u32', 4],
        ['scope', 'u32'],
      ],
    ],
    [
      'sock_extended_err',
      EXTENDED_ERROR,
      [
        ['errno', 'u32'],
        ['origin', 'u8'],
        ['type', 'u8'],
        ['code', 'u8'],
        ['pad', 'u8'],
        ['info', 'u32'],
        ['more', 'u32'],
      ],
    ],
    [
      'in_pktinfo',
      IN_PKTINFO,
      [
        ['interface', 'int'],
        ['local', 'u32'],
        ['destination', 'u32'],
      ],
    ],
    [
      'in6_pktinfo',
      IN6_PKTINFO,
      [
        ['local', 'u32', 4],
        ['interface', 'u32'],
      ],
    ],
  ])('%s', (_, stated, fields) => {
    expect(layout(fields)).toMatchObject(stated);
  });

  test('epoll_event on x86-64, which packs it', () => {
    expect(layout(EPOLL, true)).toMatchObject(EPOLL_EVENTS.x64);
  });

  test('epoll_event is that of this machine', () => {
    expect(EPOLL_EVENT).toBe(process.arch === 'x64' ? EPOLL_EVENTS.x64 : EPOLL_EVENTS.arm64);
  });
});
