import { during } from './calls-go-on';
import { iceServer } from './credentials';
import { EchoCall, NoRelay } from './echo-call';
import { describeCalls } from './needs';
import { SECRET } from './platform';
import { type Site, startSite, URIS } from './site';

describeCalls('a relay that is to go (SIGTERM)', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.platform.stop());

  test('lets its calls go on to their end, takes no new ones, and ends with the last', async () => {
    // GIVEN
    const { browser, janus, relay } = site;
    const connect = (uri: string): Promise<EchoCall> => EchoCall.connect(browser, janus, [iceServer(uri, SECRET)]);
    const calls = [await connect(URIS.udp), await connect(URIS.tls)];

    // WHEN
    const qualities = await during(calls, async () => {
      relay.drain();
      await relay.log.line(({ msg }) => msg.startsWith('SIGTERM'));
      await expect(connect(URIS.udp)).rejects.toThrow(NoRelay);
      await expect(connect(URIS.tcp)).rejects.toThrow(NoRelay);
    });
    const ready = await relay.ready();
    const refused = (await relay.metrics()).sum('turn_requests_refused_total', 'reason="draining"');
    await calls[0]!.close();
    const [oneLeft] = await during(calls.slice(1), () => Promise.resolve());
    await calls[1]!.close();

    // THEN
    expect(qualities).toEqual(['good', 'good']);
    expect(oneLeft).toBe('good');
    expect(ready).toBe(200);
    expect(refused).toBeGreaterThan(0);
    expect(await relay.log.exited).toBe(0);
  });
});
