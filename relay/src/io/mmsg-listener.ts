import { Endpoint } from '../net/endpoint';
import { EndpointMap } from '../net/endpoint-map';
import { Flow } from '../turn/flow';
import type { Family } from './ffi/sockaddr';
import { MAX_BATCH } from './mmsg-batch-sizes';

/** After a vain look for more datagrams than one, so often it is asked for one only. */
const PATIENCE = 8;
/** Server addresses told apart; a host may have as many as a whole prefix. Clients of others share one 5-tuple's socket. */
const MAX_HOMES = 1024;

/** One of a listener's own addresses, which is a part of its clients' 5-tuples (RFC 8656 2). */
export class Home {
  constructor(
    readonly fd: number,
    readonly family: Family,
    /** The scratch flow of what comes in here. */
    readonly flow: Flow,
    /** Where answers come from; undefined where the routing table chooses, since this host has, or had, but one address. */
    readonly address: Endpoint | undefined,
  ) {}
}

/** A listening socket, which is bound to the wildcard address of its family. */
export class MmsgListener {
  /** Datagrams to ask for. */
  batch = 1;
  /** Whether allocations may be there from before server addresses were told apart. */
  hasEarlierClients = false;
  private patience = 0;
  /** By server address; undefined while they are not told apart. */
  private homes: EndpointMap<Home> | undefined;
  private recent: Home;

  constructor(readonly main: Home) {
    this.recent = main;
  }

  get fd(): number {
    return this.main.fd;
  }

  get family(): Family {
    return this.main.family;
  }

  /** Whether datagrams say which address of this host they were sent to. */
  get isMultiHomed(): boolean {
    return this.homes !== undefined;
  }

  /**
   * Tells server addresses apart from now on. @param hasClients whether clients may have come in before: nobody knows by
   * which address, so they stay at `main`.
   */
  tellApart(hasClients: boolean): void {
    this.homes = new EndpointMap(0);
    this.hasEarlierClients = hasClients;
  }

  /** What an address of this host is; `added` is told of one that is new. @param nextNumber a number for its flow */
  home(address: Endpoint, nextNumber: () => number, added: (home: Home) => void): Home {
    const { recent, homes, main } = this;
    if (recent.address?.sameAddress(address) === true) return recent;
    let home = homes!.get(0, address);
    if (home === undefined) {
      if (homes!.size >= MAX_HOMES) return main;
      home = new Home(main.fd, main.family, new Flow('udp', main.flow.listener, nextNumber()), address.clone());
      homes!.set(0, address, home);
      added(home);
    }
    this.recent = home;
    return home;
  }

  /** Numbers of all its flows. */
  *numbers(): IterableIterator<number> {
    yield this.main.flow.socket;
    for (const { flow } of this.homes?.values() ?? []) yield flow.socket;
  }

  /** Learns from what a call brought: it is asked for many only where many are likely. */
  learn(received: number, asked: number): void {
    if (asked > 1) {
      if (received === 1) {
        this.batch = 1;
        this.patience = PATIENCE;
      }
    } else if (--this.patience <= 0) {
      this.batch = MAX_BATCH;
    }
  }
}
