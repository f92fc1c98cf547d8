import type { RemoteInfo } from 'node:dgram';
import type { Endpoint } from '../net/endpoint';
import type { AddressTexts } from './address-texts';
import type { Counts } from './counts';
import type { Opened } from './datagram';
import { UdpSocket, type UdpBinding } from './udp-socket';

/** Asked for where all clients of a listener come in. */
const BUFFER = 4 * 1024 * 1024;
/** A host without IPv6 answers with one of these. */
const WITHOUT_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EPROTONOSUPPORT', 'EINVAL']);

/** Both families on one socket; IPv4 sources then come IPv4-mapped, which is how `Endpoint` holds them. */
const WILDCARDS = [
  { type: 'udp6', address: '::', bufferSize: BUFFER },
  { type: 'udp4', address: '0.0.0.0', bufferSize: BUFFER },
] as const;

/** A UDP port that clients come in by, on every local address, by IPv4 and IPv6 where the host has both. */
export class UdpListener {
  private socket: UdpSocket | undefined;

  constructor(
    private readonly texts: AddressTexts,
    private readonly counts: Counts,
  ) {}

  /** Calls `opened` once, unless it is closed first. */
  bind(port: number, onMessage: (message: Buffer, source: RemoteInfo) => void, opened: Opened): void {
    const [both, ipv4Only] = WILDCARDS;
    this.bindTo({ ...both, port }, onMessage, error => {
      if (error !== undefined && WITHOUT_IPV6.has(error.code ?? ''))
        this.bindTo({ ...ipv4Only, port }, onMessage, opened);
      else opened(error);
    });
  }

  send(to: Endpoint, bytes: Uint8Array, offset: number, length: number): void {
    this.socket?.send(to, bytes, offset, length);
  }

  close(): void {
    this.socket?.close();
  }

  private bindTo(binding: UdpBinding, onMessage: (message: Buffer, source: RemoteInfo) => void, opened: Opened): void {
    this.socket = new UdpSocket(binding, this.texts, this.counts);
    this.socket.bind(onMessage, opened);
  }
}
