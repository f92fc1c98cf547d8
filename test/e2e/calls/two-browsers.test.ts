import { setTimeout as sleep } from 'node:timers/promises';
import { quality } from './call-quality';
import { iceServer } from './credentials';
import { type NatKind, translate } from './nat';
import { describeCalls } from './needs';
import { PairCall } from './pair-call';
import { PAIR_URIS, type PairSite, startPairSite } from './pair-site';
import { SECRET } from './platform';

const SECONDS = 8;

describeCalls('two browsers call each other, relayed address to relayed address', () => {
  let site: PairSite;
  beforeAll(async () => {
    site = await startPairSite();
  });
  afterAll(() => site.platform.stop());

  const anyWay = [iceServer(PAIR_URIS, SECRET)];

  test.each<readonly [NatKind, NatKind, string, string]>([
    ['none', 'none', 'udp', 'udp'],
    ['cone', 'symmetric', 'udp', 'udp'],
    ['symmetric', 'symmetric', 'udp', 'udp'],
    ['no UDP', 'cone', 'tcp|tls', 'udp'],
    ['no UDP', 'no UDP', 'tcp|tls', 'tcp|tls'],
  ])('NAT %s, and NAT %s: by %s, and by %s', async (oneNat, otherNat, oneProtocol, otherProtocol) => {
    // GIVEN
    const [one, other] = site.homes;
    translate(one.router, oneNat);
    translate(other.router, otherNat);
    const call = await PairCall.connect({ ...one, iceServers: anyWay }, { ...other, iceServers: anyWay });
    const before = await site.relay.metrics();

    // WHEN
    await call.mark();
    await sleep(SECONDS * 1000);
    const reports = await call.reports();
    await call.close();
    const after = await site.relay.empty();

    // THEN
    expect(reports.map(report => quality(report))).toEqual(['good', 'good']);
    const protocols = reports.map(({ pair }) => pair?.relayProtocol);
    expect(protocols).toEqual([oneProtocol, otherProtocol].map(text => expect.stringMatching(`^(${text})$`) as string));
    expect(reports[0]?.pair?.relayed).toBe(reports[1]?.pair?.remote);
    expect(reports[1]?.pair?.relayed).toBe(reports[0]?.pair?.remote);
    expect(after.dropped - before.dropped).toBe(0);
  });
});
