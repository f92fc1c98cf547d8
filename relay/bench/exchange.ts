import type { Endpoint } from '../src/net/endpoint';
import type { BenchSocket, Sockets } from './sockets';

const PATIENCE_MS = 500;

/** Sends a request to the server and waits for its answer; undefined if there is none in time. */
export function exchange(
  sockets: Sockets,
  socket: BenchSocket,
  server: Endpoint,
  request: Uint8Array,
): Uint8Array | undefined {
  const at = sockets.packet();
  sockets.arena.bytes.set(request, at);
  sockets.send(socket, server, at, request.length);
  sockets.flush();
  let answer: Uint8Array | undefined;
  for (const deadline = performance.now() + PATIENCE_MS; answer === undefined && performance.now() < deadline;) {
    sockets.poll(100, (fd, _, offset, length) => {
      const bytes = sockets.arena.bytes.subarray(offset, offset + length);
      if (fd === socket.fd && sameTransaction(bytes, request)) answer = bytes.slice();
    });
  }
  return answer;
}

function sameTransaction(answer: Uint8Array, request: Uint8Array): boolean {
  return Buffer.compare(answer.subarray(8, 20), request.subarray(8, 20)) === 0;
}
