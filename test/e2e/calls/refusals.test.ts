import { iceServer } from './credentials';
import { EchoCall, NoRelay } from './echo-call';
import { describeCalls } from './needs';
import { SECRET } from './platform';
import { MEDIA, type Site, startSite, URIS } from './site';
import type { GatheringError, IceServer } from './call-report';

/** A host of the media network that no route opens. */
const ELSEWHERE = '10.77.2.9';

describeCalls('calls that must not be', () => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite();
  });
  afterAll(() => site.platform.stop());

  const wrong = (): IceServer => ({ ...iceServer(URIS.udp, SECRET), credential: 'guess' });

  test.each([
    ['a wrong password', wrong],
    ['an expired credential', () => iceServer(URIS.udp, SECRET, -60)],
    ['another secret', () => iceServer(URIS.tcp, 'guess')],
  ])('%s: 401, and no relayed address (RFC 8489 9.2.4)', async (_, server) => {
    const failures = (await site.relay.metrics()).sum('turn_authentication_failures_total');

    expect(await refusal(site, server())).toContainEqual(expect.objectContaining({ code: 401 }));
    await expect(site.relay.log.line(({ msg }) => msg.startsWith('credential refused for'))).resolves.toBeDefined();
    const after = await site.relay.metrics();
    expect(after.sum('turn_authentication_failures_total')).toBeGreaterThan(failures);
    expect(after.allocations).toBe(0);
  });

  test('a certificate of an authority that the browser does not know: 701, no connection to the server', async () => {
    const stranger = await site.platform.browser(site.client, { trustsAuthority: false });
    const server = iceServer(URIS.tls, SECRET);

    expect(await refusal({ ...site, browser: stranger }, server)).toContainEqual(
      expect.objectContaining({ code: 701 }),
    );
    await stranger.stop();
  });

  test('a peer outside the routes: a relayed address, and no connection', async () => {
    // GIVEN routes that lead elsewhere
    const { platform, relay, browser, janus } = site;
    await relay.after(() => platform.manifests.setMedia([ELSEWHERE]));
    const before = await relay.metrics();

    // WHEN
    const call = EchoCall.connect(browser, janus, [iceServer(URIS.udp, SECRET)]);

    // THEN
    await expect(call).rejects.toThrow('no connection');
    const denial = await relay.log.line(({ msg }) => msg.startsWith('peer denied'));
    expect(denial).toMatchObject({ reason: 'no-route' });
    expect(denial.msg).toContain(MEDIA);
    const after = await relay.metrics();
    expect(after.toPeers - before.toPeers).toBe(0);
  });
});

/** Why the browser got no relayed address. */
async function refusal({ browser, janus }: Site, server: IceServer): Promise<readonly GatheringError[]> {
  try {
    await (await EchoCall.connect(browser, janus, [server])).close();
  } catch (error) {
    if (error instanceof NoRelay) return error.gathered.errors;
    throw error;
  }
  throw new Error('the relay let it in');
}
