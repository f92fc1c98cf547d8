import { Endpoint } from '../net/endpoint';

export type Transport = 'udp' | 'tcp' | 'tls' | 'dtls';

/**
 * A client's 5-tuple (RFC 8656 2): transport, client transport address, and the listening socket it came in by.
 *
 * For datagrams I/O passes one scratch flow and the core clones what it keeps; a stream passes the flow that lives as
 * long as its connection.
 */
export class Flow {
  constructor(
    readonly transport: Transport,
    /** Name of the listener, `<namespace>/<gateway>/<listener>`: selects routes. */
    readonly listener: string,
    /** Tells server addresses apart: the I/O layer's number of the listening socket, or of the stream connection. */
    readonly socket: number,
    readonly client: Endpoint = new Endpoint(),
  ) {}

  /** Streams keep order and boundaries: ChannelData is padded there, and a closed connection ends its allocation. */
  get isStream(): boolean {
    return this.transport === 'tcp' || this.transport === 'tls';
  }

  clone(): Flow {
    return new Flow(this.transport, this.listener, this.socket, this.client.clone());
  }

  toString(): string {
    return `${this.transport}:${this.client.toString()}`;
  }
}
