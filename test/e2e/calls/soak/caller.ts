import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { iceServer } from '../credentials';
import { EchoCall } from '../echo-call';
import { type Site, URIS } from '../site';
import type { Disturbances } from './disturbances';

/** Seconds that a call lasts. */
const [SHORTEST, LONGEST] = [4, 20];

/** What came of calls. */
export interface Tally {
  calls: number;
  restarts: number;
  frames: number;
  readonly failures: string[];
}

/** Makes one call after another, by a transport and for a time by lot, until the deadline. */
export async function keepCalling(site: Site, state: Disturbances, deadline: number, tally: Tally): Promise<void> {
  while (Date.now() < deadline) {
    const uris = Object.values(URIS);
    const uri = uris[randomInt(uris.length)]!;
    try {
      await oneCall(site, state, uri, tally);
    } catch (error) {
      tally.failures.push(`${uri}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

async function oneCall(site: Site, state: Disturbances, uri: string, tally: Tally): Promise<void> {
  const call = await EchoCall.connect(site.browser, site.janus, [iceServer(uri, state.secret)]);
  try {
    tally.calls++;
    await sleep(1000 * randomInt(SHORTEST, LONGEST));
    if (randomInt(4) === 0) {
      await call.restart([iceServer(uri, state.secret)]);
      await call.connected();
      tally.restarts++;
    }
    const { state: connection, framesDecoded } = await call.report();
    tally.frames += framesDecoded;
    if (connection !== 'connected') throw new Error(`the call was ${connection}`);
  } finally {
    await call.close();
  }
}
