import { execFileSync } from 'node:child_process';
import { createSocket, type Socket as UdpClient } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ListenerConfig } from '../../../relay/src/config/relay-config';
import type { TurnCore } from '../../../relay/src/io/core';
import type { Certificate } from '../../../relay/src/io/stream-server';
import type { Endpoint } from '../../../relay/src/net/endpoint';
import { INTEGRITY_SHA1 } from '../../../relay/src/stun/integrity';
import { Allocation } from '../../../relay/src/turn/allocation';
import { Flow } from '../../../relay/src/turn/flow';
import { RelayedTransport, type RelayPorts } from '../../../relay/src/turn/relayed-transport';
import { Traffic } from '../../../relay/src/turn/traffic';

export interface ClientInput {
  readonly flow: Flow;
  readonly bytes: Buffer;
  readonly now: number;
}

/** A core that notes what comes in, and lets the test answer within the call, as the real one does. */
export class RecordingCore implements TurnCore {
  readonly client: ClientInput[] = [];
  readonly peer: { relay: RelayedTransport; source: Endpoint; bytes: Buffer }[] = [];
  readonly opened: RelayedTransport[] = [];
  readonly failed: RelayedTransport[] = [];
  readonly closed: Flow[] = [];
  readonly ticks: number[] = [];
  serves?: (flow: Flow) => boolean;
  onClient: (flow: Flow, bytes: Uint8Array, offset: number, length: number) => void = () => undefined;
  onPeer: (relay: RelayedTransport, source: Endpoint, bytes: Uint8Array, offset: number, length: number) => void = () =>
    undefined;

  handleClient(flow: Flow, bytes: Uint8Array, offset: number, length: number, now: number): void {
    this.client.push({ flow: flow.clone(), bytes: Buffer.from(bytes.slice(offset, offset + length)), now });
    this.onClient(flow, bytes, offset, length);
  }

  handlePeer(relay: RelayedTransport, source: Endpoint, bytes: Uint8Array, offset: number, length: number): void {
    this.peer.push({ relay, source: source.clone(), bytes: Buffer.from(bytes.slice(offset, offset + length)) });
    this.onPeer(relay, source, bytes, offset, length);
  }

  relayOpened(relay: RelayedTransport): void {
    this.opened.push(relay);
  }

  relayFailed(relay: RelayedTransport): void {
    this.failed.push(relay);
  }

  flowClosed(flow: Flow): void {
    this.closed.push(flow);
  }

  tick(now: number): void {
    this.ticks.push(now);
  }
}

export function relayFor(family: 4 | 6, listener = 'stunner/edge/udp', ports: RelayPorts = 'any'): RelayedTransport {
  const identity = { userId: 'alice', scope: { kind: 'gateway' } } as const;
  const request = {
    transactionId: new Uint8Array(12),
    key: new Uint8Array(16),
    integrity: INTEGRITY_SHA1,
    fingerprint: false,
    lifetime: 600_000,
  };
  const allocation = new Allocation(1, new Flow('udp', listener, 1), identity, request, new Traffic());
  const next = ports === 'even-and-next' ? new RelayedTransport(allocation, family, listener) : undefined;
  return new RelayedTransport(allocation, family, listener, ports, next);
}

/** Waits until something holds; fails after some seconds, saying what was waited for. */
export async function eventually(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (holds()) return;
    await sleep(10);
  }
  throw new Error(`waited in vain: ${what}`);
}

/** A port that was free a moment ago, in TCP and UDP. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, '::');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const isFree = await isFreeInUdp(port);
    server.close();
    await once(server, 'close');
    if (isFree) return port;
  }
}

async function isFreeInUdp(port: number): Promise<boolean> {
  const socket = createSocket('udp6');
  try {
    socket.bind(port, '::');
    await once(socket, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    socket.close();
  }
}

/** A bound UDP socket that collects what it gets. */
export class UdpPeer {
  readonly received: { bytes: Buffer; port: number }[] = [];

  private constructor(readonly socket: UdpClient) {
    socket.on('message', (bytes, { port }) => this.received.push({ bytes, port }));
  }

  static async bind(address: string, port = 0): Promise<UdpPeer> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    socket.bind(port, address);
    await once(socket, 'listening');
    return new UdpPeer(socket);
  }

  get port(): number {
    return this.socket.address().port;
  }

  send(bytes: string | Uint8Array, port: number, address: string): void {
    this.socket.send(bytes, port, address);
  }

  /** Sends, and returns when the kernel has it: over loopback it has arrived then. */
  sent(bytes: string | Uint8Array, port: number, address: string): Promise<void> {
    return new Promise((resolve, reject) =>
      this.socket.send(bytes, port, address, error => (error === null ? resolve() : reject(error))),
    );
  }

  close(): void {
    this.socket.close();
  }
}

const KEYS = {
  ecdsa: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
  rsa: ['-newkey', 'rsa:2048'],
} as const;

/** A self-signed certificate for a name, made now: no private key is kept anywhere. */
export function certificateFor(name: string, algorithm: keyof typeof KEYS = 'ecdsa'): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'relay-test-'));
  try {
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const args = ['req', '-x509', ...KEYS[algorithm], '-nodes', '-days', '2', '-subj', `/CN=${name}`];
    execFileSync('openssl', [...args, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function listenerConfig(overrides: Partial<ListenerConfig> & { port: number }): ListenerConfig {
  const transport = overrides.transport ?? 'udp';
  return { name: `stunner/edge/${transport}`, transport, address: '0.0.0.0', routes: [], ...overrides };
}

/** A Binding request (RFC 8489 5) whose transaction id holds the tag. */
export function bindingRequest(tag: number): Buffer {
  return stunMessage(0x0001, tag, 0);
}

export function dataIndication(tag: number, length: number): Buffer {
  return stunMessage(0x0017, tag, length);
}

export function channelData(length: number): Buffer {
  const bytes = Buffer.alloc(4 + Math.ceil(length / 4) * 4, 0x55);
  bytes.writeUInt16BE(0x4000, 0);
  bytes.writeUInt16BE(length, 2);
  return bytes;
}

function stunMessage(type: number, tag: number, length: number): Buffer {
  const bytes = Buffer.alloc(20 + length);
  bytes.writeUInt16BE(type, 0);
  bytes.writeUInt16BE(length, 2);
  bytes.writeUInt32BE(0x2112a442, 4);
  bytes.writeUInt32BE(tag, 16);
  return bytes;
}
