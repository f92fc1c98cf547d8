import { randomInt } from 'node:crypto';
import { Endpoint } from '../../net/endpoint';
import { EndpointMap } from '../../net/endpoint-map';
import type { Flow } from '../../turn/flow';
import { AddressTexts } from '../address-texts';
import type { Clock } from '../clock';
import type { TurnCore } from '../core';
import { Counts } from '../counts';
import type { SocketNumbers } from '../socket-numbers';
import type { DtlsLimits } from './dtls-limits';
import type { DtlsHost, DtlsSession, DtlsWatcher } from './dtls-session';

/** All DTLS sessions of all listeners: how many there are, how many of one source, and whom the core may send to. */
export class DtlsSessions implements DtlsHost, DtlsWatcher {
  readonly counts = new Counts();
  readonly texts = new AddressTexts();
  /** By `Flow.socket`: each session has a number of its own, so an allocation never outlives its keys. */
  private readonly sessions = new Map<number, DtlsSession>();
  /** In order of their start. */
  private readonly handshakes = new Set<DtlsSession>();
  private readonly perSource = new SourceCounts();
  private readonly handshakesPerSource = new SourceCounts();

  constructor(
    private readonly core: TurnCore,
    readonly clock: Clock,
    readonly numbers: SocketNumbers,
    readonly limits: DtlsLimits,
  ) {}

  /** Sessions at the moment, handshakes included. */
  get size(): number {
    return this.sessions.size;
  }

  get handshaking(): number {
    return this.handshakes.size;
  }

  /** Whether a client that has proven its address may start a handshake. The oldest handshake makes way for it. */
  admits(client: Endpoint): boolean {
    const { limits } = this;
    if (this.sessions.size >= limits.sessions) return this.refuse('too many sessions');
    if (this.perSource.of(client) >= limits.sessionsPerSource) return this.refuse('too many sessions of one source');
    if (this.handshakesPerSource.of(client) >= limits.handshakesPerSource) {
      return this.refuse('too many handshakes of one source');
    }
    if (this.handshakes.size >= limits.handshakes) this.dropOldestHandshake();
    return true;
  }

  /** Counts a session, which it watches, until it closes. */
  add(session: DtlsSession): void {
    const { socket, client } = session.flow;
    this.sessions.set(socket, session);
    this.handshakes.add(session);
    this.perSource.add(client, 1);
    this.handshakesPerSource.add(client, 1);
  }

  send(flow: Flow, bytes: Uint8Array, offset: number, length: number): void {
    const session = this.sessions.get(flow.socket);
    if (session === undefined) this.counts.add('no session');
    else session.send(bytes, offset, length);
  }

  end(flow: Flow): void {
    this.sessions.get(flow.socket)?.close();
  }

  endListener(listener: string): void {
    for (const session of [...this.sessions.values()]) if (session.flow.listener === listener) session.close();
  }

  /** Closes who has been silent for too long, and repeats what may have been lost in a handshake. */
  sweep(now: number): void {
    for (const session of this.sessions.values()) session.sweep(now);
  }

  close(): void {
    for (const session of [...this.sessions.values()]) session.close();
  }

  message(flow: Flow, bytes: Uint8Array, offset: number, length: number): void {
    this.core.handleClient(flow, bytes, offset, length, this.clock());
  }

  established(session: DtlsSession): void {
    this.handshakes.delete(session);
    this.handshakesPerSource.add(session.flow.client, -1);
  }

  closed(session: DtlsSession): void {
    const { flow } = session;
    this.sessions.delete(flow.socket);
    this.perSource.add(flow.client, -1);
    if (this.handshakes.has(session)) this.established(session);
    else this.core.flowClosed(flow, this.clock());
  }

  private refuse(reason: string): false {
    this.counts.add(reason);
    return false;
  }

  private dropOldestHandshake(): void {
    const [oldest] = this.handshakes;
    this.counts.add('too many handshakes');
    oldest?.close();
  }
}

/** How many each source has: an IPv4 address, or the /64 that one IPv6 host has all of. */
class SourceCounts {
  private readonly counts = new EndpointMap<number>(randomInt(2 ** 31));
  private readonly source = new Endpoint();

  of(client: Endpoint): number {
    return this.counts.get(0, this.sourceOf(client)) ?? 0;
  }

  add(client: Endpoint, change: number): void {
    const source = this.sourceOf(client);
    const count = this.of(client) + change;
    if (count > 0) this.counts.set(0, source, count);
    else this.counts.delete(0, source);
  }

  private sourceOf({ a, b, c, d, isIpv4 }: Endpoint): Endpoint {
    return isIpv4 ? this.source.setWords(a, b, c, d, 0) : this.source.setWords(a, b, 0, 0, 0);
  }
}
