import { Endpoint } from '../net/endpoint';
import type { AddressTexts } from './address-texts';
import type { Clock } from './clock';
import type { Counts } from './counts';
import type { Opened } from './datagram';
import type { DatagramBatches, OnSlot } from './datagram-batches';
import type { Family } from './ffi/sockaddr';
import { type OnDatagram, UdpSocket, type UdpBinding } from './udp-socket';

/**
 * A `node:dgram` socket as far as Node's loop waits for it. What it sends leaves in batches, and where datagrams follow
 * each other closely, Node takes the first one and a batch the others.
 */
export class BatchedUdpSocket {
  private readonly family: Family;
  private socket: UdpSocket | undefined;
  private fd = -1;
  /** When Node has taken the latest one, in milliseconds. */
  private latest = -1;
  private expectsMore = false;

  constructor(
    private readonly binding: UdpBinding,
    private readonly texts: AddressTexts,
    private readonly counts: Counts,
    private readonly batches: DatagramBatches,
    private readonly clock: Clock,
    private readonly onSlot: OnSlot,
  ) {
    this.family = binding.type === 'udp4' ? 4 : 6;
  }

  /** Calls `opened` once, within the call. `onDatagram` is told of those that Node takes, `onSlot` of the others. */
  bind(onDatagram: OnDatagram, opened: Opened): void {
    const { address, port, bufferSize } = this.binding;
    try {
      this.fd = this.batches.descriptors.open(this.family, Endpoint.of(address, port), { bufferSize });
    } catch (error) {
      opened(error as NodeJS.ErrnoException);
      return;
    }
    this.socket = new UdpSocket({ ...this.binding, fd: this.fd }, this.texts, this.counts);
    this.socket.bind((message, source) => {
      onDatagram(message, source);
      this.takeMore();
    }, opened);
  }

  send(to: Endpoint, bytes: Uint8Array, offset: number, length: number, dontFragment: boolean): void {
    const { fd, family, batches } = this;
    if (fd < 0) this.counts.add('no socket');
    else if (to.port === 0) this.counts.add('port 0');
    else if (to.family !== family) this.counts.add('EINVAL');
    else if (dontFragment) batches.sendUnfragmented(fd, family, to, bytes, offset, length);
    else batches.send(fd, family, to, bytes, offset, length);
  }

  close(): void {
    this.batches.flush();
    this.fd = -1;
    this.socket?.close();
  }

  /** A vain look costs about as much as a datagram, so there is one only where another came within a millisecond. */
  private takeMore(): void {
    const { fd, family, batches, onSlot } = this;
    const now = this.clock();
    if (this.expectsMore) this.expectsMore = fd >= 0 && batches.receive(fd, family, now, onSlot) > 0;
    else this.expectsMore = now === this.latest;
    this.latest = now;
  }
}
