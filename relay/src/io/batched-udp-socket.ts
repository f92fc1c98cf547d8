import { Endpoint } from '../net/endpoint';
import type { AddressTexts } from './address-texts';
import type { BatchedSends } from './batched-sends';
import type { Counts } from './counts';
import type { Opened } from './datagram';
import type { Family } from './ffi/sockaddr';
import { type OnDatagram, UdpSocket, type UdpBinding } from './udp-socket';

/** A `node:dgram` socket as far as it receives, so that Node's loop waits for it; what it sends leaves in batches. */
export class BatchedUdpSocket {
  private readonly family: Family;
  private socket: UdpSocket | undefined;
  private fd = -1;

  constructor(
    private readonly binding: UdpBinding,
    private readonly texts: AddressTexts,
    private readonly counts: Counts,
    private readonly sends: BatchedSends,
  ) {
    this.family = binding.type === 'udp4' ? 4 : 6;
  }

  /** Calls `opened` once, within the call. */
  bind(onDatagram: OnDatagram, opened: Opened): void {
    const { address, port, bufferSize } = this.binding;
    try {
      this.fd = this.sends.descriptors.open(this.family, Endpoint.of(address, port), { bufferSize });
    } catch (error) {
      opened(error as NodeJS.ErrnoException);
      return;
    }
    this.socket = new UdpSocket({ ...this.binding, fd: this.fd }, this.texts, this.counts);
    this.socket.bind(onDatagram, opened);
  }

  send(to: Endpoint, bytes: Uint8Array, offset: number, length: number, dontFragment: boolean): void {
    const { fd, family, sends } = this;
    if (fd < 0) this.counts.add('no socket');
    else if (to.port === 0) this.counts.add('port 0');
    else if (to.family !== family) this.counts.add('EINVAL');
    else if (dontFragment) sends.sendUnfragmented(fd, family, to, bytes, offset, length);
    else sends.send(fd, family, to, bytes, offset, length);
  }

  close(): void {
    this.sends.flush();
    this.fd = -1;
    this.socket?.close();
  }
}
