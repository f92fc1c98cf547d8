import type { MessagePort } from 'node:worker_threads';
import type { RelayConfig } from '../config/relay-config';
import type { LogFormat } from '../log/logger';
import type { Limits } from '../turn/limits';
import type { SiblingAnswer, SiblingQuestion } from '../turn/siblings/sibling-sink';
import type { PortRange } from './datagram';
import type { Memory } from './ffi/low-memory';
import type { CounterPlace } from './shared-counters';
import type { UsageMemory } from './shared-usage';
import type { SocketsByListener } from './worker-sockets';
import type { ClusterChanges } from './worker-clusters';

/** What a worker is started with. All of it is plain data, for it crosses threads. */
export interface WorkerSetup {
  readonly port: MessagePort;
  /** Which thread it is: 1 or more, and no other thread's number before or after. */
  readonly number: number;
  /** An eventfd that ends its wait: there are messages. It outlives the worker. */
  readonly wakeFd: number;
  /** One word: not 0 once it is to close everything and return. A thread in a system call cannot be ended from outside. */
  readonly stop: SharedArrayBuffer;
  /** Where all threads count allocations, and the number of this worker's table there. */
  readonly usage: UsageMemory;
  readonly usageTable: number;
  /** Of `CounterWriter`. */
  readonly counters: SharedArrayBuffer;
  /** Of `DescriptorOwners`. */
  readonly descriptors: SharedArrayBuffer;
  readonly logFormat: LogFormat;
  /** Of `MmsgOptions`. The memory is given back once the worker has ended. */
  readonly segmentation: boolean;
  readonly moderation?: number;
  readonly memory?: Memory;
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

/** Which question an answer is for: the worker that asks, and its own number for it. */
export interface QuestionId {
  readonly asker: number;
  readonly id: number;
}

/** A configuration as it crosses threads: of its clusters those that have changed. */
export interface SentConfig extends Omit<WorkerConfig, 'config'> {
  readonly config: Omit<RelayConfig, 'clusters'>;
  readonly clusters: ClusterChanges;
  /** Listening sockets that the worker has not had yet. */
  readonly sockets: SocketsByListener;
}

export type ToWorker =
  | { readonly kind: 'apply'; readonly settings: SentConfig }
  | { readonly kind: 'drain' }
  /** Another worker asks. */
  | { readonly kind: 'question'; readonly of: QuestionId; readonly question: SiblingQuestion }
  /** Of the worker that had it, or that none has. */
  | { readonly kind: 'answer'; readonly of: QuestionId; readonly answer: SiblingAnswer };

export type FromWorker =
  | { readonly kind: 'ready'; readonly datagramIo: string }
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'listening'; readonly listener: string }
  | { readonly kind: 'problem'; readonly listener: string; readonly problem: string }
  /** To all other workers. */
  | { readonly kind: 'question'; readonly of: QuestionId; readonly question: SiblingQuestion }
  | { readonly kind: 'answer'; readonly of: QuestionId; readonly answer: SiblingAnswer }
  /** It counts something new, from now on in its counter memory. */
  | { readonly kind: 'counts'; readonly place: CounterPlace }
  /** While it drains: no allocation is left after so many gifts of other workers. */
  | { readonly kind: 'empty'; readonly gifts: number };
