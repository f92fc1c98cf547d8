import { setTimeout as sleep } from 'node:timers/promises';
import { quality } from './call-quality';
import { iceServer } from './credentials';
import { EchoCall } from './echo-call';
import { describeCalls } from './needs';
import { SECRET } from './platform';
import { type Site, startSite, URIS } from './site';

const SECONDS = 10;
const PERCENT = 2;

describeCalls(`a network that loses ${PERCENT} % of all packets, each way`, () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
    const lose = `numgen random mod 100 < ${PERCENT} drop`;
    site.client.table('loss', {
      in: ['type filter hook input priority filter', `iifname "eth0" ${lose}`],
      out: ['type filter hook output priority filter', `oifname "eth0" ${lose}`],
    });
  });
  afterAll(() => site.platform.stop());

  test('UDP: the call lives with it, and the relay adds nothing to it', async () => {
    const call = await EchoCall.connect(site.browser, site.janus, [iceServer(URIS.udp, SECRET)]);
    const before = await site.relay.metrics();
    await call.mark();
    await sleep(SECONDS * 1000);
    const report = await call.report();
    await call.close();
    const after = await site.relay.empty();

    expect(quality(report, { lossy: true })).toBe('good');
    expect(report.lost + report.lostThere).toBeGreaterThan(0);
    expect(after.dropped - before.dropped).toBe(0);
  });

  test.each([
    ['TCP', URIS.tcp],
    ['TLS', URIS.tls],
  ])('%s: what is lost is sent again, so the call misses nothing', async (_, uri) => {
    const call = await EchoCall.connect(site.browser, site.janus, [iceServer(uri, SECRET)]);
    await call.mark();
    await sleep(SECONDS * 1000);
    const report = await call.report();
    await call.close();

    expect(quality(report)).toBe('good');
  });
});
