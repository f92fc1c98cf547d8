import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that the kernel hands out by itself, and away from those that the demo is known for. */
const [FIRST, LAST] = [22_000, 31_000];

/** The first of `count` consecutive ports that are free for UDP and TCP on every address. */
export async function freePorts(count = 1): Promise<number> {
  for (;;) {
    const first = FIRST + Math.floor(Math.random() * (LAST - FIRST - count));
    const ports = Array.from({ length: count }, (_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const datagrams = createSocket('udp6');
  const streams = createServer();
  try {
    datagrams.bind(port);
    await once(datagrams, 'listening');
    streams.listen(port);
    await once(streams, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    datagrams.close();
    streams.close();
  }
}
