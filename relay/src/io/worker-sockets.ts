import type { ListenerConfig } from '../config/relay-config';
import { Endpoint } from '../net/endpoint';
import { DEFAULT_RELAY_PORTS } from './datagram';
import type { DescriptorOwners } from './descriptor-owners';
import { Arena } from './ffi/arena';
import type { Libc } from './ffi/libc';
import { DESCRIPTOR_SPACE, UdpDescriptors } from './ffi/udp-descriptors';
import { MmsgBinder, type BoundSocket } from './mmsg-binder';

interface Listening {
  readonly port: number;
  /** One of each family, for each worker's place. */
  readonly places: (readonly BoundSocket[])[];
}

/** Listening sockets by the names of their listeners. */
export type SocketsByListener = readonly (readonly [listener: string, sockets: readonly BoundSocket[]])[];

/**
 * The listening sockets of all workers, each of whom has a place among those that share a port (SO_REUSEPORT). The kernel
 * finds a client's socket by its number in that row, and closes ranks when one leaves. So they are opened here, together,
 * and outlive a worker that crashes: its replacement takes its place, and clients of the others are not dealt out anew.
 */
export class WorkerSockets {
  private readonly listening = new Map<string, Listening>();
  private readonly descriptors: UdpDescriptors;
  private readonly binder: MmsgBinder;

  constructor(
    private readonly libc: Libc,
    private readonly owners: DescriptorOwners,
    private readonly places: number,
  ) {
    this.descriptors = new UdpDescriptors(libc, new Arena(libc, DESCRIPTOR_SPACE));
    this.binder = new MmsgBinder(this.descriptors, DEFAULT_RELAY_PORTS, true);
  }

  /** Whether a listener's sockets are open already, on this port. */
  has({ name, port }: ListenerConfig): boolean {
    return this.listening.get(name)?.port === port;
  }

  /** Opens a listener's sockets for all places. @throws ErrnoException such as EADDRINUSE, if a stranger has the port */
  open({ name, port }: ListenerConfig): void {
    const isOurs = [...this.listening.values()].some(each => each.port === port);
    // Workers share ports with each other, and would share one with a stranger too: so it is tried alone first.
    if (!isOurs) this.descriptors.close(this.descriptors.open(4, Endpoint.of('0.0.0.0', port), { bufferSize: 0 }));
    const places: (readonly BoundSocket[])[] = [];
    try {
      while (places.length < this.places) places.push(this.binder.listener(port));
    } catch (error) {
      for (const { fd } of places.flat()) this.libc.close(fd);
      throw error;
    }
    this.listening.set(name, { port, places });
  }

  /**
   * A worker takes its place: the sockets of these listeners are its own from now on, and its own to close. Where its
   * predecessor has closed them there are none, and the worker says so.
   */
  give(place: number, worker: number, names: readonly string[]): SocketsByListener {
    return names.map(name => {
      const sockets = this.listening.get(name)!.places[place]!;
      for (const { fd } of sockets) this.owners.give(fd, worker);
      return [name, sockets];
    });
  }

  /** A worker has ended, and left its place to the next. */
  takeBack(place: number, worker: number): void {
    for (const { places } of this.listening.values()) {
      places[place] = places[place]!.filter(({ fd }) => this.owners.release(fd, worker));
    }
  }

  /** Listeners that are no more, or have another port: workers close their sockets; those in nobody's hands close here. */
  forgetUnless(stays: (listener: string) => boolean, vacant: readonly number[]): void {
    for (const [name, { places }] of [...this.listening]) {
      if (stays(name)) continue;
      this.listening.delete(name);
      for (const { fd } of vacant.flatMap(place => places[place]!)) this.libc.close(fd);
    }
  }
}
