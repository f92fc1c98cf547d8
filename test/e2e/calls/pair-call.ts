import type { Browser } from './browser';
import type { CallReport, IceServer } from './call-report';
import type { Participant } from './participant';
import { until } from './until';

/** Where one end of a call is, and the TURN servers it has. */
export interface Place {
  readonly browser: Browser;
  readonly iceServers: readonly IceServer[];
}

/** A call between two browsers, each of which has nothing but its relayed address. */
export class PairCall {
  private constructor(private readonly ends: readonly [Participant, Participant]) {}

  static async connect(one: Place, other: Place): Promise<PairCall> {
    const [caller, callee] = [await one.browser.participant(), await other.browser.participant()] as const;
    const call = new PairCall([caller, callee]);
    try {
      const { sdp: offer } = await caller.offer(one.iceServers);
      const { sdp: answer } = await callee.answer(other.iceServers, offer);
      await caller.accept(answer);
      await until('connection', async () => (await call.reports()).every(({ state }) => state === 'connected'));
      await until('frames', async () => (await call.reports()).every(({ framesDecoded }) => framesDecoded > 0));
    } catch (error) {
      await call.close();
      throw error;
    }
    return call;
  }

  async mark(): Promise<void> {
    await Promise.all(this.ends.map(end => end.mark()));
  }

  reports(): Promise<readonly CallReport[]> {
    return Promise.all(this.ends.map(end => end.report()));
  }

  async close(): Promise<void> {
    await Promise.all(this.ends.map(end => end.close()));
  }
}
