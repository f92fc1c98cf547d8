import type { MessagePort } from 'node:worker_threads';
import type { RelayConfig } from '../config/relay-config';
import type { LogFormat } from '../log/logger';
import type { Limits } from '../turn/limits';
import type { PortRange } from './datagram';

/** What a worker is started with. All of it is plain data, for it crosses threads. */
export interface WorkerSetup {
  readonly port: MessagePort;
  readonly logFormat: LogFormat;
  readonly relayAddresses?: readonly string[];
  readonly relayPorts?: PortRange;
}

/** A configuration, and all else that the settings of a core are made of. */
export interface WorkerConfig {
  readonly config: RelayConfig;
  /** The UDP listeners among the configuration's that are to be opened. */
  readonly listeners: readonly string[];
  readonly logLevel: string;
  /** Prefixes, as text. */
  readonly allowPeers: readonly string[];
  /** Ports of NAT discovery, which clients do not reach as peers. */
  readonly discoveryPorts?: readonly number[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Addresses of host names, as text. */
  readonly hostAddresses: readonly (readonly [string, readonly string[]])[];
  readonly limits: Partial<Limits>;
  readonly mobility?: boolean;
  readonly alternateServer?: {
    readonly addresses: readonly { readonly address: string; readonly port: number }[];
    readonly domain?: string;
  };
}

export type ToWorker =
  | { readonly kind: 'apply'; readonly settings: WorkerConfig }
  | { readonly kind: 'drain' }
  /** Close everything and return: a thread in a system call cannot be ended from outside in good time. */
  | { readonly kind: 'stop' };

export type FromWorker =
  /** Writing eight bytes to `wakeFd` makes it look for messages. */
  | { readonly kind: 'ready'; readonly wakeFd: number; readonly datagramIo: string }
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'listening'; readonly listener: string }
  | { readonly kind: 'problem'; readonly listener: string; readonly problem: string }
  | { readonly kind: 'report'; readonly report: WorkerReport }
  | { readonly kind: 'empty' };

export interface TrafficReport {
  readonly rxPackets: number;
  readonly rxBytes: number;
  readonly txPackets: number;
  readonly txBytes: number;
}

export type Numbers = readonly (readonly [string, number])[];

/** What a worker counts; it tells every second. */
export interface WorkerReport {
  readonly allocations: number;
  readonly authenticationFailures: number;
  readonly listeners: readonly (readonly [string, TrafficReport])[];
  readonly routes: readonly (readonly [string, TrafficReport])[];
  readonly drops: Numbers;
  readonly refusals: Numbers;
  readonly denials: Numbers;
  /** Datagrams lost, and socket errors. */
  readonly datagrams: Numbers;
}
