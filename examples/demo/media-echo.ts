import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** A media server in miniature: sends every datagram back. Listens on a free port of the range its route opens. */
export async function startMediaEcho(address: string, minPort: number, maxPort: number): Promise<MediaEcho> {
  for (let port = minPort; port <= maxPort; port++) {
    const socket = createSocket('udp4');
    socket.on('message', (data, from) => socket.send(data, from.port, from.address));
    try {
      socket.bind(port, address);
      await once(socket, 'listening');
      return { address, port, socket };
    } catch {
      socket.close();
    }
  }
  throw new Error(
    `no free port for the media echo (got ${minPort}-${maxPort} in use): stop what listens on ${address}`,
  );
}

export interface MediaEcho {
  readonly address: string;
  readonly port: number;
  readonly socket: Socket;
}
