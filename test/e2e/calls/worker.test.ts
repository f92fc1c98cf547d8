import { setTimeout as sleep } from 'node:timers/promises';
import { quality } from './call-quality';
import { iceServer } from './credentials';
import { EchoCall } from './echo-call';
import { describeCalls } from './needs';
import { SECRET } from './platform';
import { type Site, startSite, URIS } from './site';
import { until } from './until';

/** Milliseconds. ICE's consent (RFC 7675) is asked for every few seconds; a path that is gone is known after that. */
const NOTICED = 12_000;
const REPORTED = 6_000;

describeCalls('a thread for UDP clients fails', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.platform.stop());

  test('its calls are back after an ICE restart, and the others notice nothing', async () => {
    // GIVEN calls on every thread: TCP is the main thread's, and each UDP client is one of two others'
    const { browser, janus, relay } = site;
    const anew = (uri: string) => [iceServer(uri, SECRET)];
    const connect = (uri: string): Promise<EchoCall> => EchoCall.connect(browser, janus, anew(uri));
    const calls = [await connect(URIS.tcp), await connect(URIS.udp), await connect(URIS.udp), await connect(URIS.udp)];
    const [tcp, ...udp] = calls as [EchoCall, ...EchoCall[]];

    // WHEN one thread fails, and then the other
    const hit: EchoCall[][] = [];
    const qualities: string[] = [];
    for (let threads = 2; threads > 0; threads--) {
      await Promise.all(calls.map(call => call.mark()));
      await relay.endOldestWorker();
      const lost = await withoutPath(udp);
      const others = calls.filter(call => !lost.includes(call));
      for (const call of others) qualities.push(quality(await call.report()));
      for (const call of lost) {
        await call.restart(anew(URIS.udp));
        await call.connected();
      }
      hit.push(lost);
      // The other end reports the packets of that time only now and then (RFC 3550 6.2).
      await sleep(REPORTED);
    }

    // THEN
    expect(new Set(qualities)).toEqual(new Set(['good']));
    expect(new Set(hit.flat())).toEqual(new Set(udp));
    expect((await tcp.report()).restarts).toBe(0);
    // AND nobody who comes now is sent to a thread that is no more
    for (let i = 0; i < 6; i++) await (await connect(URIS.udp)).close();
    for (const call of calls) await call.close();
    await relay.empty();
  });
});

/** Calls that have lost their path, once they know. */
async function withoutPath(calls: readonly EchoCall[]): Promise<EchoCall[]> {
  const lost = async (): Promise<EchoCall[]> => {
    const reports = await Promise.all(calls.map(call => call.report()));
    return calls.filter((_, i) => reports[i]!.state !== 'connected');
  };
  const silent = async (): Promise<EchoCall[]> => {
    const reports = await Promise.all(calls.map(call => call.report()));
    return calls.filter((_, i) => reports[i]!.longestGap > 1000);
  };
  await sleep(2000);
  const expected = await silent();
  await until('end of consent', async () => (await lost()).length >= expected.length, NOTICED);
  return lost();
}
