import type { Socket } from 'node:net';
import { isChannelData } from '../stun/channel-data';
import { StreamFramer, type OnMessage } from '../stun/stream-framer';
import type { Flow } from '../turn/flow';
import type { Clock } from './clock';
import type { Counts } from './counts';
import type { StreamLimits } from './stream-limits';
import type { StreamStaging } from './stream-staging';

/** Milliseconds that a connection has for its last answers. */
const LINGER = 2000;
/** Type of a Data indication (RFC 8656 17). */
const DATA_INDICATION = 0x0017;

/** What connections share, and whom they tell. */
export interface StreamHost {
  readonly limits: StreamLimits;
  readonly counts: Counts;
  readonly clock: Clock;
  readonly staging: StreamStaging;
  message(flow: Flow, bytes: Uint8Array, offset: number, length: number): void;
  closed(connection: StreamConnection): void;
}

/** One client's TCP or TLS connection: frames in, bounded writes out. */
export class StreamConnection {
  private readonly framer = new StreamFramer();
  private started = false;
  private ending = false;
  private taken: ((socket: Socket) => void) | undefined;
  /** When the connection is closed, unless a message puts it off. */
  private deadline: number;

  constructor(
    readonly flow: Flow,
    private readonly socket: Socket,
    private readonly host: StreamHost,
  ) {
    this.deadline = host.clock() + host.limits.firstMessageTimeout;
    socket.on('data', this.onData).on('end', this.onEnd).on('error', this.onError).on('close', this.onClose);
  }

  /** Sends one message, with what else the event loop's turn brings. */
  send(bytes: Uint8Array, offset: number, length: number): void {
    const { host, socket } = this;
    const { counts, limits, staging } = host;
    if (this.ending || socket.destroyed) {
      counts.add('no connection');
      return;
    }
    const waiting = socket.writableLength;
    const media = isMedia(bytes, offset);
    if (waiting > limits.mediaBacklog && media) {
      counts.add('slow reader: media dropped');
    } else if (waiting > limits.backlog) {
      counts.add('slow reader: closed');
      this.destroy();
    } else if (!media && this.flow.transport === 'tls') {
      // In a TLS record of its own, for clients in the field that take a record for a message.
      staging.flush();
      socket.write(Buffer.from(bytes.subarray(offset, offset + length)));
    } else {
      staging.add(socket, bytes, offset, length);
    }
  }

  /** Closes once the last answers are out, or shortly after. */
  end(): void {
    if (this.ending) return;
    this.ending = true;
    this.deadline = this.host.clock() + LINGER;
    this.host.staging.flush();
    this.socket.destroySoon();
  }

  destroy(): void {
    this.ending = true;
    this.socket.destroy();
  }

  /** While a message is in hand: it is the last, and the socket goes to somebody else, paused, with what has followed. */
  handOver(taken: (socket: Socket) => void): void {
    this.framer.stop();
    this.taken = taken;
  }

  /** Closes a connection whose deadline has passed. */
  sweep(now: number): void {
    if (now < this.deadline) return;
    if (!this.ending) this.host.counts.add('timed out');
    this.destroy();
  }

  private feed(chunk: Buffer): void {
    if (this.ending) return;
    const understood = this.canStartWith(chunk) && this.framer.feed(chunk, this.onMessage);
    if (this.taken !== undefined) return this.giveAway(this.taken);
    if (understood) return;
    this.host.counts.add('not STUN');
    this.destroy();
  }

  private giveAway(taken: (socket: Socket) => void): void {
    const { socket, framer } = this;
    this.ending = true;
    this.host.staging.flush();
    socket.off('data', this.onData).off('end', this.onEnd).off('error', this.onError).off('close', this.onClose);
    socket.pause();
    if (framer.rest.length > 0) socket.unshift(framer.rest);
    taken(socket);
  }

  /** Nobody has a channel from the start, while `GET /` looks like the head of a long ChannelData message. */
  private canStartWith(chunk: Buffer): boolean {
    if (this.started) return true;
    this.started = true;
    return !isChannelData(chunk[0]!);
  }

  private readonly onData = (chunk: Buffer): void => this.feed(chunk);
  /** The client is done; a reader too slow for its last answers does not hold the connection open. */
  private readonly onEnd = (): void => this.end();
  private readonly onError = (error: Error): void => this.host.counts.addError(error);
  private readonly onClose = (): void => this.host.closed(this);

  private readonly onMessage: OnMessage = (bytes, offset, length) => {
    if (this.ending) return;
    this.deadline = this.host.clock() + this.host.limits.idleTimeout;
    this.host.message(this.flow, bytes, offset, length);
  };
}

/** ChannelData and Data indications: what may be lost, as a datagram may. */
function isMedia(bytes: Uint8Array, offset: number): boolean {
  const first = bytes[offset]!;
  return isChannelData(first) || ((first << 8) | bytes[offset + 1]!) === DATA_INDICATION;
}
