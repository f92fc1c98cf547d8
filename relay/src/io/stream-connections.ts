import type { Socket } from 'node:net';
import { Endpoint } from '../net/endpoint';
import { Flow } from '../turn/flow';
import type { Clock } from './clock';
import type { TurnCore } from './core';
import { Counts } from './counts';
import type { SocketNumbers } from './socket-numbers';
import { StreamConnection, type StreamHost } from './stream-connection';
import type { StreamLimits } from './stream-limits';
import { StreamStaging } from './stream-staging';

/** All stream clients of all listeners: who is connected, how many of one source, and what they have yet to be sent. */
export class StreamConnections implements StreamHost {
  readonly counts = new Counts();
  readonly staging = new StreamStaging();
  /** By `Flow.socket`. */
  private readonly connections = new Map<number, StreamConnection>();
  private readonly perSource = new Map<string, number>();
  private readonly accepted = new Map<string, number>();

  constructor(
    private readonly core: TurnCore,
    readonly clock: Clock,
    private readonly numbers: SocketNumbers,
    readonly limits: StreamLimits,
  ) {}

  get size(): number {
    return this.connections.size;
  }

  /** Counts a connection against its source until it closes. False: one too many, so it is to be refused. */
  admit(socket: Socket): boolean {
    const source = sourceOf(socket);
    if (source === undefined) return false;
    const before = this.perSource.get(source) ?? 0;
    if (before >= this.limits.connectionsPerSource) {
      this.counts.add('too many connections of one source');
      return false;
    }
    this.perSource.set(source, before + 1);
    socket.once('close', () => this.release(source));
    return true;
  }

  /** Takes a connection that is ready for messages. */
  add(socket: Socket, transport: 'tcp' | 'tls', listener: string): void {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined) {
      socket.destroy();
      return;
    }
    const flow = new Flow(
      transport,
      listener,
      this.numbers.next(),
      Endpoint.of(withoutZone(remoteAddress), remotePort),
    );
    this.connections.set(flow.socket, new StreamConnection(flow, socket, this));
    this.accepted.set(listener, this.acceptedBy(listener) + 1);
  }

  /** Connections of a listener at the moment. */
  sizeOf(listener: string): number {
    let size = 0;
    for (const { flow } of this.connections.values()) if (flow.listener === listener) size++;
    return size;
  }

  /** Connections that a listener has had. */
  acceptedBy(listener: string): number {
    return this.accepted.get(listener) ?? 0;
  }

  send(flow: Flow, bytes: Uint8Array, offset: number, length: number): void {
    const connection = this.connections.get(flow.socket);
    if (connection === undefined) this.counts.add('no connection');
    else connection.send(bytes, offset, length);
  }

  end(flow: Flow): void {
    this.connections.get(flow.socket)?.end();
  }

  /** While a message of this flow is in hand: its socket is a client's no longer, but goes to somebody else. */
  takeOver(flow: Flow, taken: (socket: Socket) => void): void {
    this.connections.get(flow.socket)?.handOver(taken);
    this.connections.delete(flow.socket);
  }

  endListener(listener: string): void {
    for (const connection of this.connections.values()) {
      if (connection.flow.listener === listener) connection.end();
    }
  }

  /** Closes who has been silent for too long. */
  sweep(now: number): void {
    for (const connection of this.connections.values()) connection.sweep(now);
  }

  close(): void {
    for (const connection of this.connections.values()) connection.destroy();
  }

  message(flow: Flow, bytes: Uint8Array, offset: number, length: number): void {
    this.core.handleClient(flow, bytes, offset, length, this.clock());
  }

  closed({ flow }: StreamConnection): void {
    if (this.connections.delete(flow.socket)) this.core.flowClosed(flow, this.clock());
  }

  private release(source: string): void {
    const left = this.perSource.get(source)! - 1;
    if (left === 0) this.perSource.delete(source);
    else this.perSource.set(source, left);
  }
}

/** An IPv4 address, or the /64 that one IPv6 host has all of. */
function sourceOf({ remoteAddress }: Socket): string | undefined {
  if (remoteAddress === undefined) return undefined;
  const { a, b, d, isIpv4 } = Endpoint.of(withoutZone(remoteAddress));
  return isIpv4 ? `${d}` : `${a}:${b}`;
}

function withoutZone(address: string): string {
  return address.split('%', 1)[0]!;
}
