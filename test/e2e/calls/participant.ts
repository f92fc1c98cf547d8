import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { CallReport, Gathered, IceServer } from './call-report';
import type { Candidate } from './janus-session';

/** Milliseconds in which a browser says goodbye to its relay. */
const TOLD = 300;

/** One end of a call, in a page of its own (`page/participant.ts`). */
export class Participant {
  constructor(private readonly page: Page) {}

  offer(iceServers: readonly IceServer[]): Promise<Gathered> {
    return this.ask('offer', iceServers);
  }

  answer(iceServers: readonly IceServer[], sdp: string): Promise<Gathered> {
    return this.ask('answer', iceServers, sdp);
  }

  restart(iceServers: readonly IceServer[]): Promise<string> {
    return this.ask('restart', iceServers);
  }

  candidates(): Promise<readonly Candidate[]> {
    return this.ask('candidates');
  }

  accept(sdp: string): Promise<void> {
    return this.ask('accept', sdp);
  }

  addCandidate(candidate: Candidate): Promise<void> {
    return this.ask('addCandidate', candidate);
  }

  mark(): Promise<void> {
    return this.ask('mark');
  }

  report(): Promise<CallReport> {
    return this.ask('report');
  }

  /** Ends its part of the call, and the page. */
  async close(): Promise<void> {
    await this.ask('close');
    // A page that is gone does not tell the relay that its allocations are to end (RFC 8656 7.1).
    await sleep(TOLD);
    await this.page.close();
  }

  private ask<T>(method: string, ...args: readonly unknown[]): Promise<T> {
    return this.page.evaluate(`participant.${method}(${args.map(each => JSON.stringify(each)).join(', ')})`);
  }
}
