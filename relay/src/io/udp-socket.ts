import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { Endpoint } from '../net/endpoint';
import type { AddressTexts } from './address-texts';
import type { Counts } from './counts';
import type { Opened } from './datagram';

export interface UdpBinding {
  readonly type: 'udp4' | 'udp6';
  readonly address: string;
  readonly port: number;
  /** Whether an IPv6 wildcard leaves IPv4 alone. */
  readonly ipv6Only?: boolean;
  /** Bytes to ask of the kernel for each direction; it grants what its own limits allow. */
  readonly bufferSize: number;
  /** A descriptor that is bound so already, and is this socket's from now on. @default none */
  readonly fd?: number;
}

export type OnDatagram = (message: Buffer, source: RemoteInfo) => void;

/** Bytes that may wait in a socket for the kernel to take them; what comes on top is dropped, as a full link would. */
const MAX_SEND_QUEUE = 1024 * 1024;

/** One `node:dgram` socket that never throws and never crashes the process: what fails is counted. */
export class UdpSocket {
  private readonly socket: Socket;
  private bound = false;
  private closed = false;

  constructor(
    private readonly binding: UdpBinding,
    private readonly texts: AddressTexts,
    private readonly counts: Counts,
  ) {
    const { type, ipv6Only = false } = binding;
    const family = type === 'udp4' ? 4 : 6;
    // Addresses are numeric always; looking them up would put each send off to a later tick.
    this.socket = createSocket({ type, ipv6Only, lookup: (address, _, found) => found(null, address, family) });
  }

  /** Calls `opened` once, unless the socket is closed first. */
  bind(onMessage: OnDatagram, opened: Opened): void {
    this.socket.on('message', (message, source) => {
      if (!this.closed) onMessage(message, source);
    });
    this.socket.on('error', error => {
      if (this.bound || this.closed) {
        this.counts.addError(error);
        return;
      }
      this.close();
      opened(error);
    });
    this.socket.on('listening', () => {
      if (this.closed) return;
      this.bound = true;
      this.askForBuffers();
      opened();
    });
    const { address, port, fd } = this.binding;
    this.socket.bind(fd === undefined ? { address, port, exclusive: true } : { fd, exclusive: true });
  }

  send(to: Endpoint, bytes: Uint8Array, offset: number, length: number): void {
    const refusal = this.refusal(to);
    if (refusal !== undefined) {
      this.counts.add(refusal);
      return;
    }
    const text = this.texts.write(to);
    const address = this.binding.type === 'udp6' && to.isIpv4 ? `::ffff:${text}` : text;
    // A copy: the kernel may take it later, when the caller's bytes are others already.
    this.socket.send(Buffer.from(bytes.subarray(offset, offset + length)), to.port, address, this.sent);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.socket.close();
  }

  private readonly sent = (error: Error | null): void => {
    if (error !== null) this.counts.addError(error);
  };

  private refusal(to: Endpoint): string | undefined {
    if (!this.bound || this.closed) return 'no socket';
    if (to.port === 0) return 'port 0';
    return this.socket.getSendQueueSize() > MAX_SEND_QUEUE ? 'send queue full' : undefined;
  }

  private askForBuffers(): void {
    try {
      this.socket.setRecvBufferSize(this.binding.bufferSize);
      this.socket.setSendBufferSize(this.binding.bufferSize);
    } catch {
      this.counts.add('buffer size refused');
    }
  }
}
