import type { Browser } from './browser';
import type { CallReport, Gathered, IceServer } from './call-report';
import type { Janus } from './janus';
import type { JanusSession } from './janus-session';
import type { Participant } from './participant';
import { until } from './until';

/** A call with Janus' EchoTest: what a browser sends comes back to it. */
export class EchoCall {
  private constructor(
    private readonly participant: Participant,
    private readonly session: JanusSession,
    /** What gathering came to. */
    readonly gathered: Gathered,
  ) {}

  /** @throws Error with the browser's reasons if there is no connection. */
  static async connect(browser: Browser, janus: Janus, iceServers: readonly IceServer[]): Promise<EchoCall> {
    const participant = await browser.participant();
    const gathered = await participant.offer(iceServers);
    if (gathered.candidates === 0) {
      await participant.close();
      throw new NoRelay(gathered);
    }
    const session = await janus.echoTest();
    const call = new EchoCall(participant, session, gathered);
    try {
      await call.exchange(gathered.sdp);
      await session.trickle([]);
      await call.connected();
    } catch (error) {
      await call.close();
      throw error;
    }
    return call;
  }

  /** Until media comes back. */
  async connected(): Promise<void> {
    await until('connection', async () => (await this.report()).state === 'connected');
    await this.mark();
    await until('frames that come back', async () => (await this.report()).framesDecoded > 0);
  }

  mark(): Promise<void> {
    return this.participant.mark();
  }

  report(): Promise<CallReport> {
    return this.participant.report();
  }

  /**
   * ICE restart, as an application does it when its call has lost its path. The answer is there before the browser's
   * candidates are: with those that it has earlier, Chromium goes on trying the other end's old credentials.
   */
  async restart(iceServers: readonly IceServer[]): Promise<void> {
    await this.exchange(await this.participant.restart(iceServers));
    await this.session.trickle(await this.participant.candidates());
  }

  async close(): Promise<void> {
    await this.session.close();
    await this.participant.close();
  }

  private async exchange(offer: string): Promise<void> {
    await this.participant.accept(await this.session.offer(offer));
    this.session.onCandidate(candidate => void this.participant.addCandidate(candidate));
  }
}

/** The relay gave no relayed address, and the browser knows why. */
export class NoRelay extends Error {
  constructor(readonly gathered: Gathered) {
    super(`no relay candidate: ${JSON.stringify(gathered.errors)}`);
  }
}
