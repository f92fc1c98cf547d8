import { readFileSync } from 'node:fs';
import { Arena } from '../../../relay/src/io/ffi/arena';
import { loadLibc } from '../../../relay/src/io/ffi/libc';
import { mapLow, unmap, type Memory } from '../../../relay/src/io/ffi/low-memory';

const libc = loadLibc();
const SIZE = 3 * 4096;

function isMapped({ address }: Memory): boolean {
  return readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .some(line => {
      const [from, to] = line
        .split(' ')[0]!
        .split('-')
        .map(text => parseInt(text, 16));
      return from! <= address && address < to!;
    });
}

test('each is below 2^31, zero, writable, and gone once it is given back', () => {
  const memories = [mapLow(libc, SIZE)!, mapLow(libc, SIZE)!, mapLow(libc, SIZE)!];
  expect(new Set(memories.map(({ address }) => address)).size).toBe(3);
  for (const memory of memories) {
    expect(memory.address + memory.size).toBeLessThanOrEqual(2 ** 31);
    expect(isMapped(memory)).toBe(true);
    const arena = new Arena(libc, SIZE, memory);
    expect(arena.base).toBe(memory.address);
    expect(arena.bytes).toEqual(new Uint8Array(SIZE));
    arena.bytes.fill(1);
  }
  for (const memory of memories) unmap(libc, memory);
  expect(memories.some(isMapped)).toBe(false);
});

test('what is given back is zero again for the next', () => {
  const first = mapLow(libc, SIZE, () => 5)!;
  new Arena(libc, SIZE, first).bytes.fill(1);
  unmap(libc, first);
  const second = mapLow(libc, SIZE, () => 5)!;
  expect(second).toEqual(first);
  expect(new Arena(libc, SIZE, second).bytes).toEqual(new Uint8Array(SIZE));
  unmap(libc, second);
});

test('where something else is, it is elsewhere', () => {
  const places = [7, 7, 8];
  const first = mapLow(libc, SIZE, () => places.shift()!)!;
  new Arena(libc, SIZE, first).bytes.fill(1);
  const second = mapLow(libc, SIZE, () => places.shift()!)!;
  expect(second.address - first.address).toBe(65_536);
  expect(new Arena(libc, SIZE, first).bytes).toEqual(new Uint8Array(SIZE).fill(1));
  for (const memory of [first, second]) unmap(libc, memory);
});

test('nobody can guess where', () => {
  const memories = Array.from({ length: 8 }, () => mapLow(libc, SIZE)!);
  const distances = memories.slice(1).map(({ address }, i) => address - memories[i]!.address);
  expect(new Set(distances).size).toBeGreaterThan(1);
  for (const memory of memories) unmap(libc, memory);
});

test('the kernel is told of addresses in it', () => {
  const memory = mapLow(libc, SIZE)!;
  const arena = new Arena(libc, SIZE, memory);
  arena.setPointer(0, 100);
  expect(arena.view.getBigUint64(0, true)).toBe(BigInt(memory.address + 100));
  const fd = libc.eventfd(7, 0);
  expect(libc.read(fd, arena.base + 8, 8)).toBe(8);
  expect(arena.view.getBigUint64(8, true)).toBe(7n);
  libc.close(fd);
  unmap(libc, memory);
});

test('where there is no room, there is none', () => {
  expect(mapLow(libc, 2 ** 31)).toBeUndefined();
});

test('a kernel that takes the address for a hint has what it gives instead back', () => {
  const given: number[] = [];
  const old = {
    ...libc,
    mmap: (wanted: number) => given.push(wanted + 2 ** 40) && wanted + 2 ** 40,
    munmap: (address: number) => (given.splice(given.indexOf(address), 1), 0),
  };
  expect(mapLow(old, SIZE)).toBeUndefined();
  expect(given).toEqual([]);
});

test.each<[string, () => ArrayBuffer]>([
  ['has a copy of it only', () => new ArrayBuffer(SIZE)],
  [
    'must not see it',
    () => {
      throw new Error('external buffers are not allowed');
    },
  ],
])('an engine that %s goes without, and nothing stays mapped', (_, view) => {
  const mapped: Memory[] = [];
  const mmap: typeof libc.mmap = (...all) => {
    const address = libc.mmap(...all);
    mapped.push({ address, size: SIZE });
    return address;
  };
  expect(mapLow({ ...libc, mmap, view }, SIZE)).toBeUndefined();
  expect(mapped.length).toBeGreaterThan(0);
  expect(mapped.some(isMapped)).toBe(false);
});

test('memory that is too small for an arena is refused', () => {
  const memory = mapLow(libc, SIZE)!;
  expect(() => new Arena(libc, SIZE + 1, memory)).toThrow(
    `memory is too small (got ${SIZE} bytes): an arena of ${SIZE + 1}`,
  );
  unmap(libc, memory);
});
