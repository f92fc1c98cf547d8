import type { Endpoint } from '../net/endpoint';
import { Flow } from '../turn/flow';
import type { DatagramContext } from './datagram';
import type { Family } from './ffi/sockaddr';
import type { UdpDescriptors } from './ffi/udp-descriptors';
import type { BoundSocket } from './mmsg-binder';
import { Home, MmsgListener } from './mmsg-listener';

const FAMILIES: readonly Family[] = [4, 6];

/** The listening sockets, and the server addresses that their clients come in by. */
export class MmsgListeners {
  /** By file descriptor. */
  private readonly sockets: (MmsgListener | undefined)[] = [];
  /** By `Flow.socket`, for each family. */
  private readonly homes4: (Home | undefined)[] = [];
  private readonly homes6: (Home | undefined)[] = [];

  constructor(
    private readonly context: Pick<DatagramContext, 'numbers' | 'ownAddresses'>,
    private readonly descriptors: UdpDescriptors,
  ) {}

  /** The sockets of one listener, one of each family. @param number `Flow.socket` of who comes in by them */
  add(listener: string, number: number, bound: readonly BoundSocket[]): void {
    for (const { fd, family } of bound) {
      const main = new Home(fd, family, new Flow('udp', listener, number), undefined);
      const socket = new MmsgListener(main);
      this.sockets[fd] = socket;
      this.addHome(main);
      if (this.hasSeveral(family)) this.tellApart(socket, false);
    }
  }

  at(fd: number): MmsgListener | undefined {
    return this.sockets[fd];
  }

  /** Where answers to a client leave by. */
  home({ socket, client }: Flow): Home | undefined {
    return (client.isIpv4 ? this.homes4 : this.homes6)[socket];
  }

  /** `Flow.socket` of who comes in by a listener that is open. @param server the address sent to, if it is known */
  socketOf(listener: string, family: Family, server: Endpoint | undefined): number | undefined {
    const socket = this.sockets.find(each => each?.family === family && each.main.flow.listener === listener);
    if (socket === undefined) return undefined;
    const home = server !== undefined && socket.isMultiHomed ? this.homeAt(socket, server) : socket.main;
    return home.flow.socket;
  }

  /** Forgets the sockets of a listener. Returns their descriptors, which are the caller's to close. */
  remove(number: number): number[] {
    const fds: number[] = [];
    for (const homes of [this.homes4, this.homes6]) {
      const listener = this.sockets[homes[number]?.fd ?? -1];
      if (listener === undefined) continue;
      for (const each of listener.numbers()) homes[each] = undefined;
      this.sockets[listener.fd] = undefined;
      fds.push(listener.fd);
    }
    return fds;
  }

  removeAll(): number[] {
    return this.sockets.flatMap(listener => (listener === undefined ? [] : this.remove(listener.main.flow.socket)));
  }

  /** A host with one address of a family answers from it anyhow, and its packets are spared the question. */
  addressesChanged(): void {
    for (const family of FAMILIES) {
      if (!this.hasSeveral(family)) continue;
      for (const listener of this.sockets) if (listener?.family === family) this.tellApart(listener, true);
    }
  }

  /** The home of a listener that has this address. */
  homeAt(listener: MmsgListener, address: Endpoint): Home {
    return listener.home(address, this.nextNumber, this.addHome);
  }

  private hasSeveral(family: Family): boolean {
    return (this.context.ownAddresses?.(family) ?? []).length > 1;
  }

  private tellApart(listener: MmsgListener, hasClients: boolean): void {
    const { fd, family, isMultiHomed } = listener;
    if (!isMultiHomed && this.descriptors.tellDestination(fd, family)) listener.tellApart(hasClients);
  }

  private readonly nextNumber = (): number => this.context.numbers.next();

  private readonly addHome = (home: Home): void => {
    (home.family === 4 ? this.homes4 : this.homes6)[home.flow.socket] = home;
  };
}
