import type { Socket } from 'node:net';

/** Bytes that gather for a connection before they are written, whatever is to come. */
const CAPACITY = 16 * 1024;

/**
 * Messages on their way to connections: those that follow each other to the same one leave in one write. They are written
 * once another connection has its turn, and at the end of the event loop's.
 */
export class StreamStaging {
  private bytes = Buffer.allocUnsafeSlow(CAPACITY);
  private length = 0;
  private socket: Socket | undefined;
  private isScheduled = false;

  add(socket: Socket, bytes: Uint8Array, offset: number, length: number): void {
    if (socket !== this.socket || this.length + length > CAPACITY) this.flush();
    const message = bytes.subarray(offset, offset + length);
    if (length > CAPACITY) {
      socket.write(Buffer.from(message));
      return;
    }
    this.socket = socket;
    this.bytes.set(message, this.length);
    this.length += length;
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.flush();
    });
  }

  /** Writes what has gathered. To be called before anything else is done with a socket. */
  flush(): void {
    const { socket, bytes, length } = this;
    this.socket = undefined;
    this.length = 0;
    if (socket?.writable !== true) return;
    const staged = bytes.subarray(0, length);
    if ('encrypted' in socket || socket.writableLength > 0) {
      socket.write(Buffer.from(staged));
      return;
    }
    socket.write(staged);
    // What the system did not take at once, Node reads when it does.
    if (socket.writableLength > 0) this.bytes = Buffer.allocUnsafeSlow(CAPACITY);
  }
}
