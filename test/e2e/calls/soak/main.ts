/**
 * Calls that join and leave for a while, with losses and rotations among them; then all that the relay held is to be as it
 * was: `npm run soak -- --minutes 5`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { iceServer } from '../credentials';
import { EchoCall } from '../echo-call';
import { SECRET } from '../platform';
import { missingHere } from '../needs';
import { type Site, startSite, URIS } from '../site';
import { keepCalling, type Tally } from './caller';
import { Disturbances } from './disturbances';
import { leaks, type Vitals, vitalsOf } from './vitals';

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, callers: { type: 'string', default: '2' } },
});
/** Milliseconds. */
const BETWEEN_DISTURBANCES = 10_000;
const BETWEEN_LINES = 60_000;
/** Of an allocation whose client was not heard when it said goodbye (RFC 8656 7.2), and some more. */
const LIFETIME = 660_000;

async function main(minutes: number, callers: number): Promise<void> {
  const missing = missingHere();
  if (missing.length > 0) throw new Error(`something is missing (real calls need ${missing.join(', ')}): install it`);
  const site = await startSite();
  try {
    const left = await soak(site, minutes, callers);
    for (const leak of left) console.error(leak);
    if (left.length > 0) process.exitCode = 1;
  } finally {
    await site.platform.stop();
  }
}

/** @returns what went wrong. */
async function soak(site: Site, minutes: number, callers: number): Promise<readonly string[]> {
  await warmUp(site);
  const before = await vitalsOf(site.relay);
  say('before', before);

  const deadline = Date.now() + minutes * 60_000;
  const tally: Tally = { calls: 0, restarts: 0, frames: 0, failures: [] };
  const state = new Disturbances(site, SECRET);
  const calling = Array.from({ length: callers }, () => keepCalling(site, state, deadline, tally));
  const lines = setInterval(() => void vitalsOf(site.relay).then(now => say('now', now, tally)), BETWEEN_LINES);
  while (Date.now() < deadline) {
    await sleep(BETWEEN_DISTURBANCES);
    console.log((await state.next()).padStart(30));
  }
  await Promise.all(calling);
  clearInterval(lines);
  await state.end();
  say('left', await vitalsOf(site.relay), tally);

  const metrics = await site.relay.empty(LIFETIME);
  const after = await vitalsOf(site.relay);
  say('after', after, tally);
  const dropped = metrics.drops.length === 0 ? 'none' : metrics.drops.join(', ');
  console.log(`${metrics.toPeers} datagrams to peers, ${metrics.fromPeers} from them; dropped: ${dropped}`);
  return [...leaks(before, after), ...tally.failures];
}

/** Each kind of call once, so that all code has run and all buffers are there. */
async function warmUp({ browser, janus, relay }: Site): Promise<void> {
  for (const uri of Object.values(URIS)) {
    const call = await EchoCall.connect(browser, janus, [iceServer(uri, SECRET)]);
    await sleep(3000);
    await call.close();
  }
  await relay.empty();
}

function say(
  when: string,
  vitals: Vitals,
  { calls = 0, restarts = 0, frames = 0, failures = [] as string[] } = {},
): void {
  const { allocations, descriptors, udpSockets, connections, memory } = vitals;
  console.log(
    `${when.padEnd(7)} ${allocations} allocations, ${descriptors} descriptors, ${udpSockets} UDP sockets, ` +
      `${connections} connections, ${memory} MiB; ` +
      `${calls} calls, ${restarts} ICE restarts, ${frames} frames, ${failures.length} failures`,
  );
}

main(Number(values.minutes), Number(values.callers)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
