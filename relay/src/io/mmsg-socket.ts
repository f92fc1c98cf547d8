import { Flow } from '../turn/flow';
import type { RelayedTransport } from '../turn/relayed-transport';
import type { Family } from './ffi/sockaddr';

/** Datagrams asked of a socket by one call. */
const MAX_BATCH = 64;

/** After a vain look for more datagrams than one, so often a listening socket is asked for one only. */
const PATIENCE = 8;

/**
 * One UDP socket of the batched loop: a listener's, or a relayed transport address.
 *
 * A vain look for one more datagram costs a good part of what taking one does, so a socket is asked for many only where
 * many are likely. Nothing is lost by asking for too few: the next round brings the rest.
 */
export class MmsgSocket {
  /** Datagrams to ask for. */
  batch = 1;
  private patience = 0;
  private lastRound = -2;

  constructor(
    readonly fd: number,
    readonly family: Family,
    /** A listener's scratch flow. */
    readonly flow: Flow | undefined,
    readonly relay: RelayedTransport | undefined,
  ) {}

  /** Learns from what a call brought. */
  learn(received: number, asked: number, round: number): void {
    if (asked > 1) {
      if (received === 1) {
        this.batch = 1;
        this.patience = PATIENCE;
      }
    } else if (this.flow === undefined ? round - this.lastRound <= 1 : --this.patience <= 0) {
      this.batch = MAX_BATCH;
    }
    this.lastRound = round;
  }
}
