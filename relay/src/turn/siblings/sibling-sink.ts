import type { Endpoint } from '../../net/endpoint';
import type { Flow } from '../flow';
import type { RelayedTransport } from '../relayed-transport';
import type { AllocationRecord } from './allocation-record';
import type { FlowRecord, RelayRecord } from './records';

/**
 * What cores of one relay, one for each thread, ask each other: the kernel gives a client's new 5-tuple to any of them.
 * Questions and answers are plain data, for they cross threads.
 */
export type SiblingQuestion =
  /** Who holds this RESERVATION-TOKEN for this user and listener? It is given away. */
  | { readonly kind: 'claim'; readonly token: string; readonly userId: string; readonly listener: string }
  /** Who knows the MOBILITY-TICKET of this Refresh? It is handled there: all listening sockets have one address. */
  | { readonly kind: 'resume'; readonly ticket: string; readonly at: FlowRecord; readonly message: Uint8Array }
  /** Who has the allocation of this ticket, at this 5-tuple or about to move there? It is given away. */
  | { readonly kind: 'take'; readonly ticket: string; readonly at: FlowRecord };

export type SiblingAnswer =
  | { readonly kind: 'none' }
  /** The reserved transport address, the asker's from now on. */
  | { readonly kind: 'relay'; readonly relay: RelayRecord }
  /** The client has its answer; its allocation stays where it is until the first packet by the new 5-tuple. */
  | { readonly kind: 'moving' }
  /** The client has its answer, and its allocation is at the new 5-tuple: it is to be taken from there at once. */
  | { readonly kind: 'moved' }
  /** The client has its answer, and does not move. */
  | { readonly kind: 'handled' }
  /** The allocation, the asker's from now on. */
  | { readonly kind: 'allocation'; readonly allocation: AllocationRecord };

/** Handles of the relay sockets that an answer gives to who has asked: it is a gift, if there are any. */
export function handlesOf(answer: SiblingAnswer | undefined): number[] {
  if (answer?.kind === 'relay') return [answer.relay.handle];
  return answer?.kind === 'allocation' ? answer.allocation.relays.map(({ handle }) => handle) : [];
}

/** What the core asks of I/O where it has siblings. Calls never throw. */
export interface SiblingSink {
  /** Ask all siblings. Answered at most once, by `Siblings.answered`: `none` if it is none's. The core waits so long only. */
  ask(id: number, question: SiblingQuestion): void;
  /** The server address of a 5-tuple (RFC 8656 2); undefined where this host has but one. */
  serverOf(flow: Flow): Endpoint | undefined;
  /** `Flow.socket` of the same 5-tuple in this core; undefined while the listener is not open. */
  socketOf(listener: string, client: Endpoint, server: Endpoint | undefined): number | undefined;
  /** What waits for a relay socket goes out; then it is served no more, stays open, and is the sibling's that asks. */
  letGo(relay: RelayedTransport, asker: number): void;
  /** Serve a relay socket that a sibling has let go of. Its handle and its address are set. */
  adopt(relay: RelayedTransport): void;
  /** Close a relay socket that a sibling has let go of and nobody wants any more. */
  discard(handle: number): void;
}
