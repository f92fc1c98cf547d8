import type { Endpoint } from '../../../relay/src/net/endpoint';
import type { Allocation } from '../../../relay/src/turn/allocation';
import type { RelayedTransport } from '../../../relay/src/turn/relayed-transport';
import { Random } from './random';

const PERMISSION_MS = 300_000;
/** RFC 8656 7.2, and a little late. */
const RESERVATION_MS = 32_000;
const FIRST_PORT = 49_152;
const PORTS = 16_384;

/** The rules of RFC 8656 kept a second time, in the simplest way: from what the server has answered, not from its state. */
export class Ledger {
  /** When a permission for an address was last granted, by allocation. */
  private readonly grants = new WeakMap<Allocation, Map<string, number>>();
  readonly openRelays = new Map<RelayedTransport, number>();
  private readonly takenPorts = new Set<number>();
  /** Transport addresses that were bound next to an even port, and until when they are held for their client. */
  private readonly reservations = new Map<RelayedTransport, number>();

  constructor(private readonly dice: Random) {}

  granted(allocation: Allocation, peers: readonly string[], now: number): void {
    const grants = this.grants.get(allocation) ?? new Map<string, number>();
    this.grants.set(allocation, grants);
    for (const peer of peers) grants.set(peer, now);
  }

  /** @throws Error unless this allocation may exchange data with the peer now (RFC 8656 9). */
  holdsPermission(allocation: Allocation, peer: Endpoint, now: number): void {
    const at = this.grants.get(allocation)?.get(peer.address);
    if (at === undefined || now - at >= PERMISSION_MS)
      throw new Error(`data for ${peer.toString()} without a live permission (granted ${at} now ${now})`);
    if (peer.port < 20_000 || peer.port > 20_009)
      throw new Error(`data for ${peer.toString()}, a port that no route opens`);
  }

  /** Binds what an Allocate request asks for; false if the ports have run out. */
  open(relay: RelayedTransport, now: number): boolean {
    const { ports, next } = relay;
    if (next !== undefined) this.reservations.set(next, now + RESERVATION_MS);
    for (let attempt = 0; attempt < 1000; attempt++) {
      let port = FIRST_PORT + this.dice.below(PORTS);
      if (ports !== 'any') port &= ~1;
      if (this.takenPorts.has(port) || (next !== undefined && this.takenPorts.has(port + 1))) continue;
      this.take(relay, port);
      if (next !== undefined) this.take(next, port + 1);
      return true;
    }
    return false;
  }

  close(relay: RelayedTransport): void {
    const port = this.openRelays.get(relay);
    if (port === undefined) throw new Error('a relay is closed that is not open');
    this.openRelays.delete(relay);
    this.takenPorts.delete(port);
  }

  /** How many open transport addresses may be nobody's now. */
  reserved(now: number): number {
    for (const [relay, until] of this.reservations) {
      if (until < now || !this.openRelays.has(relay)) this.reservations.delete(relay);
    }
    return this.reservations.size;
  }

  get portsTaken(): number {
    return this.takenPorts.size;
  }

  private take(relay: RelayedTransport, port: number): void {
    relay.address.setAddress(relay.family === 4 ? '192.0.2.10' : '2001:db8::10', port);
    this.openRelays.set(relay, port);
    this.takenPorts.add(port);
  }
}
