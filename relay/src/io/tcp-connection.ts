import type { Socket } from 'node:net';
import { Transform, type TransformCallback } from 'node:stream';
import type { DataConnection } from '../turn/tcp/data-connection';
import type { Clock } from './clock';
import type { Counts } from './counts';

/**
 * The two sockets of a data connection (RFC 6062 3). Until the client's is there nothing is read, so what the peer sends
 * waits in the system's buffers, and no more is acknowledged than they hold. From then on each socket is read no faster
 * than the other is written.
 */
export class TcpConnection {
  private client: Socket | undefined;

  /** @param ended told once no socket is open any more. */
  constructor(
    private readonly connection: DataConnection,
    private readonly peer: Socket,
    private readonly counts: Counts,
    private readonly clock: Clock,
    private readonly ended: () => void,
  ) {
    peer.pause();
    this.watch(peer);
  }

  /** Joins the client's socket, which is paused. */
  join(client: Socket): void {
    const { connection, peer } = this;
    if (peer.destroyed) {
      client.destroy();
      return;
    }
    this.client = client;
    this.watch(client);
    // An end of one direction is passed on, and the other one goes on.
    client.allowHalfOpen = true;
    peer.pipe(paced(bytes => connection.carryToClient(bytes, this.clock()))).pipe(client);
    client.pipe(paced(bytes => connection.carryToPeer(bytes, this.clock()))).pipe(peer);
  }

  destroy(): void {
    this.peer.destroy();
    this.client?.destroy();
  }

  private watch(socket: Socket): void {
    socket.on('error', (error: Error) => this.counts.addError(error));
    socket.on('close', () => this.closed(socket));
  }

  /** A socket that closes without having ended both ways takes the other along (RFC 6062 5.5). */
  private closed(socket: Socket): void {
    const other = socket === this.peer ? this.client : this.peer;
    if (other === undefined || other.closed) this.ended();
    else if (socket.errored !== null || !socket.readableEnded || !socket.writableFinished) other.destroy();
  }
}

/** A stream that holds each chunk back for as long as it is told, and what is behind it too. */
function paced(delay: (bytes: number) => number): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding: BufferEncoding, pass: TransformCallback) {
      const milliseconds = delay(chunk.length);
      if (milliseconds > 0) setTimeout(pass, milliseconds, null, chunk).unref();
      else pass(null, chunk);
    },
  });
}
