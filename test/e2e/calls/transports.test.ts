import { setTimeout as sleep } from 'node:timers/promises';
import { quality } from './call-quality';
import type { CallReport } from './call-report';
import { iceServer } from './credentials';
import { EchoCall } from './echo-call';
import type { Metrics } from './metrics';
import { describeCalls } from './needs';
import { SECRET } from './platform';
import { type Site, startSite, URIS } from './site';

const SECONDS = 10;
/** Checks that were sent before there was a permission, and what is under way at the end. */
const SLACK = 12;

describeCalls('a browser calls Janus, with nothing but the relay between them', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.platform.stop());

  test.each([
    ['UDP', URIS.udp, 'udp'],
    ['TCP', URIS.tcp, 'tcp'],
    ['TLS', URIS.tls, 'tls'],
    ['UDP over IPv6', URIS.ipv6, 'udp'],
  ])('%s: video, sound and messages come back, and the relay loses nothing', async (_, uri, relayProtocol) => {
    // GIVEN
    const idle = await site.relay.metrics();
    const call = await EchoCall.connect(site.browser, site.janus, [iceServer(uri, SECRET)]);
    const before = await site.relay.metrics();

    // WHEN
    await call.mark();
    await sleep(SECONDS * 1000);
    const report = await call.report();
    await call.close();
    const after = await site.relay.empty();

    // THEN
    expect(quality(report)).toBe('good');
    expect(report.pair).toMatchObject({ localType: 'relay', relayProtocol });
    expect(before.allocations).toBe(1);
    expect(after.dropped - before.dropped).toBe(0);
    expect(disagreement(report, idle, after)).toBeLessThanOrEqual(SLACK);
  });
});

/** The most datagrams, of either direction, that only one of the two has seen: browser or relay. */
function disagreement(report: CallReport, idle: Metrics, after: Metrics): number {
  const there = report.datagramsSent - (after.toPeers - idle.toPeers);
  const back = report.datagramsReceived - (after.fromPeers - idle.fromPeers);
  return Math.max(Math.abs(there), Math.abs(back));
}
