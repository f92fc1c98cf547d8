import { Endpoint } from '../../../relay/src/net/endpoint';
import { isChannelData } from '../../../relay/src/stun/channel-data';
import type { Flow } from '../../../relay/src/turn/flow';
import type { RelayedTransport } from '../../../relay/src/turn/relayed-transport';
import { HEADROOM, TAILROOM } from '../../../relay/src/turn/sink';
import { Harness, type SettingsOptions } from '../turn/harness';
import { Agenda } from './agenda';
import { Ledger } from './ledger';
import { Random } from './random';

/** How the network treats datagrams: probabilities, and milliseconds. Streams only get the delay. */
export interface Weather {
  readonly loss: number;
  readonly duplication: number;
  readonly delay: readonly [least: number, most: number];
  /** Clocks that jump, as a suspended machine's do: probability a minute. */
  readonly clockJumps: number;
  /** Relay sockets that cannot be had, and answers of I/O that take their time. */
  readonly relayFailures: number;
  readonly lateRelays: number;
}

export const FAIR: Weather = {
  loss: 0,
  duplication: 0,
  delay: [5, 5],
  clockJumps: 0,
  relayFailures: 0,
  lateRelays: 0,
};
export const STORM: Weather = {
  loss: 0.05,
  duplication: 0.05,
  delay: [1, 900],
  clockJumps: 0.05,
  relayFailures: 0.02,
  lateRelays: 0.3,
};

/** A client as the network sees it. */
export interface Station {
  readonly flow: Flow;
  receive(bytes: Buffer): void;
}

/** What a request asks for, kept beside its bytes: the answer then tells what was granted. */
export type Asked = readonly string[];

/** A relay, its clients and its peers on a virtual network and a virtual clock. Every step is held against the ledger. */
export class World extends Harness {
  readonly agenda = new Agenda();
  readonly dice: Random;
  readonly ledger: Ledger;
  readonly stations = new Map<string, Station>();
  readonly delivered = { toPeers: 0, toClients: 0 };
  steps = 0;
  jumps = 0;
  private skewSeconds = 0;
  private nextTick = this.now + 1000;
  private asked: Asked | undefined;
  private source: Endpoint | undefined;

  constructor(
    seed: number,
    readonly weather: Weather,
    options: SettingsOptions,
  ) {
    super(options);
    this.dice = new Random(seed);
    this.ledger = new Ledger(this.dice);
    if (weather.clockJumps > 0) this.later(60_000, () => this.jump());
  }

  later(delay: number, run: () => void): void {
    this.agenda.add(this.now + delay, run);
  }

  /** Until nothing is left to happen. */
  run(): void {
    while (!this.agenda.isEmpty) {
      this.letTimePass(this.agenda.next);
      this.agenda.run();
      if (++this.steps % 5000 === 0) this.audit();
    }
  }

  letTimePass(until: number): void {
    for (; this.nextTick <= until; this.nextTick += 1000) {
      this.now = Math.max(this.now, this.nextTick);
      this.server.tick(this.now);
    }
    this.now = Math.max(this.now, until);
  }

  /** From a client to the relay. */
  up(flow: Flow, bytes: Buffer, asked?: Asked): void {
    this.carry(flow.isStream, () => {
      this.asked = asked;
      this.server.handleClient(flow, bytes, 0, bytes.length, this.now);
      this.asked = undefined;
    });
  }

  /** From a peer to the relay. Of a relay that is closed the datagram is lost, as its socket is. */
  fromPeerTo(relay: RelayedTransport, source: Endpoint, data: Uint8Array): void {
    this.carry(false, () => {
      if (!this.ledger.openRelays.has(relay)) return;
      const slot = new Uint8Array(HEADROOM + data.length + TAILROOM);
      slot.set(data, HEADROOM);
      this.source = source;
      this.server.handlePeer(relay, source, slot, HEADROOM, data.length, this.now);
      this.source = undefined;
    });
  }

  override sendToClient(flow: Flow, bytes: Uint8Array, offset: number, length: number): void {
    const copy = Buffer.from(bytes.subarray(offset, offset + length));
    const isData = isChannelData(copy[0]!) || (copy[0] === 0 && copy[1] === 0x17);
    const allocation = this.server.store.find(flow);
    if (isData) {
      if (this.source === undefined || allocation === undefined) throw new Error('data that no peer has sent');
      this.ledger.holdsPermission(allocation, this.source, this.now);
    } else if (this.asked !== undefined && copy[0] === 1 && (copy[1]! & 0x10) === 0) {
      this.ledger.granted(allocation!, this.asked, this.now);
    }
    const station = this.stations.get(keyOf(flow));
    if (station !== undefined) this.carry(flow.isStream, () => station.receive(copy));
  }

  override sendToPeer(
    relay: RelayedTransport,
    peer: Endpoint,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): void {
    if (!this.ledger.openRelays.has(relay)) throw new Error('data through a relay that is closed');
    this.ledger.holdsPermission(relay.allocation, peer, this.now);
    const data = Buffer.from(bytes.subarray(offset, offset + length));
    const expected = `${keyOf(relay.allocation.flow)} ${peer.toString()} `;
    if (!data.toString('latin1').startsWith(expected)) throw new Error(`${expected}got ${data.toString('latin1')}`);
    const source = peer.clone();
    this.carry(false, () => {
      this.delivered.toPeers++;
      this.fromPeerTo(relay, source, data);
    });
  }

  override openRelay(relay: RelayedTransport): void {
    this.opening.add(relay);
    if (this.dice.chance(this.weather.lateRelays)) this.later(this.dice.between(1, 50), () => this.bind(relay));
    else this.bind(relay);
  }

  override closeRelay(relay: RelayedTransport): void {
    if (!this.opening.delete(relay)) this.ledger.close(relay);
  }

  override allocationDeleted(): void {
    return;
  }

  override peerDenied(): void {
    return;
  }

  protected override unixSeconds(): number {
    return super.unixSeconds() + this.skewSeconds;
  }

  /** Tokens that never come twice; the first are asked for before there are dice. */
  protected override random(length: number): Uint8Array {
    return (this.dice as Random | undefined)?.bytes(length) ?? super.random(length);
  }

  /** What the server holds is what it has to hold. */
  audit(): void {
    this.server.tick(this.now);
    const held = new Set<RelayedTransport>();
    let lifetimes = this.ledger.reserved(this.now);
    for (const { relays, permissions, channels } of this.server.store.all()) {
      for (const relay of relays) held.add(relay);
      lifetimes += 1 + permissions.size + channels.size;
    }
    if (this.server.store.timers > lifetimes) throw new Error('timers run for what is gone');
    for (const relay of held) {
      if (!this.ledger.openRelays.has(relay) && !this.opening.has(relay))
        throw new Error('an allocation has a relay that is closed');
    }
    const unheld = [...this.ledger.openRelays.keys()].filter(relay => !held.has(relay)).length;
    const reserved = this.ledger.reserved(this.now);
    if (unheld > reserved) throw new Error(`${unheld} relays are open and nobody's, of which ${reserved} are reserved`);
  }

  private readonly opening = new Set<RelayedTransport>();

  private bind(relay: RelayedTransport): void {
    if (!this.opening.delete(relay)) return;
    if (this.dice.chance(this.weather.relayFailures) || !this.ledger.open(relay, this.now))
      this.server.relayFailed(relay, this.now);
    else this.server.relayOpened(relay, this.now);
  }

  private carry(isStream: boolean, arrive: () => void): void {
    const { loss, duplication, delay } = this.weather;
    if (isStream) return this.later(delay[0], arrive);
    if (this.dice.chance(loss)) return;
    this.later(this.dice.between(...delay), arrive);
    if (this.dice.chance(duplication)) this.later(this.dice.between(...delay), arrive);
  }

  /** The monotonic clock only ever jumps ahead; the wall clock both ways. */
  private jump(): void {
    if (this.dice.chance(this.weather.clockJumps)) {
      this.jumps++;
      if (this.dice.chance(0.5)) this.now += this.dice.between(1_000, 4_000_000);
      this.skewSeconds += this.dice.between(-4000, 4000);
    }
    if (this.stations.size > 0) this.later(60_000, () => this.jump());
  }
}

export function keyOf(flow: Flow): string {
  return `${flow.socket}/${flow.client.toString()}`;
}
