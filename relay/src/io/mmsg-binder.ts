import { randomInt } from 'node:crypto';
import { Endpoint } from '../net/endpoint';
import type { RelayedTransport } from '../turn/relayed-transport';
import type { PortRange } from './datagram';
import { WITHOUT_IPV6, type UdpDescriptors } from './ffi/udp-descriptors';
import type { Family } from './ffi/sockaddr';
import type { RelayAddress } from './relay-address';
import { portChoices } from './relay-ports';

/** Asked for where all clients of a listener come in. */
const LISTENER_BUFFER = 4 * 1024 * 1024;
/** Asked for one relayed transport address: some frames of video at once. */
const RELAY_OPTIONS = { errorQueue: true, bufferSize: 1024 * 1024 };
/** Ports tried before a relay is given up. */
const MAX_PORT_ATTEMPTS = 64;
const ANY = { 4: Endpoint.of('0.0.0.0'), 6: Endpoint.of('::') } as const;

export interface BoundSocket {
  readonly fd: number;
  readonly family: Family;
}

/** Binds the sockets of listeners and of relayed transport addresses: all that are asked for, or none. */
export class MmsgBinder {
  constructor(
    private readonly descriptors: UdpDescriptors,
    private readonly relayPorts: PortRange,
    /** Listening sockets share their port with others of this process. */
    private readonly reusePort = false,
  ) {}

  /** One socket for each address family that this host has. @throws ErrnoException */
  listener(port: number): BoundSocket[] {
    const bound: BoundSocket[] = [];
    for (const family of [4, 6] as const) {
      try {
        const local = ANY[family].clone().setPort(port);
        const options = { reusePort: this.reusePort, bufferSize: LISTENER_BUFFER };
        bound.push({ fd: this.descriptors.open(family, local, options), family });
      } catch (error) {
        if (family === 6 && WITHOUT_IPV6.has(codeOf(error))) continue;
        this.release(bound);
        throw error;
      }
    }
    return bound;
  }

  /**
   * The sockets of a relay and of its `next`, and sets where they are. From a random port on, the first that is free
   * (RFC 6056 3.3.1, as RFC 8656 7.2 asks for). @throws ErrnoException
   */
  relay(relay: RelayedTransport, { advertised, bind }: RelayAddress): BoundSocket[] {
    const choices = portChoices(this.relayPorts, relay.ports);
    const attempts = Math.min(choices.count, MAX_PORT_ATTEMPTS);
    if (attempts === 0) throw addressInUse();
    const start = randomInt(choices.count);
    const ports = Array.from({ length: attempts }, (_, attempt) => choices.port(start + attempt));
    const local = Endpoint.of(bind, 0);
    const bound = relay.next === undefined ? [this.single(relay, local, ports)] : this.pair(relay, local, ports);
    relay.address.setAddress(advertised, local.port);
    relay.next?.address.setAddress(advertised, local.port + 1);
    return bound;
  }

  private single({ family }: RelayedTransport, local: Endpoint, ports: Iterable<number>): BoundSocket {
    return { fd: this.descriptors.openAtFirst(family, local, ports, RELAY_OPTIONS), family };
  }

  private pair(relay: RelayedTransport, local: Endpoint, ports: readonly number[]): BoundSocket[] {
    const first = this.single(relay, local, ports);
    try {
      return [first, this.single(relay, local.clone(), [local.port + 1])];
    } catch (error) {
      this.release([first]);
      const left = ports.slice(ports.indexOf(local.port) + 1);
      if (codeOf(error) !== 'EADDRINUSE' || left.length === 0) throw error;
      return this.pair(relay, local, left);
    }
  }

  private release(bound: readonly BoundSocket[]): void {
    for (const { fd } of bound) this.descriptors.close(fd);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function addressInUse(): NodeJS.ErrnoException {
  return Object.assign(new Error('no port to choose from'), { code: 'EADDRINUSE' });
}
