import { X509Certificate } from 'node:crypto';
import { renameSync } from 'node:fs';
import { during } from './calls-go-on';
import { iceServer } from './credentials';
import { EchoCall } from './echo-call';
import { PORTS } from './gateway-manifests';
import { describeCalls } from './needs';
import { SECRET } from './platform';
import { type Site, startSite, URIS } from './site';

const NEXT_SECRET = 'correct-horse';

describeCalls('what changes while calls run, none of them notices', () => {
  let site: Site;
  let calls: readonly EchoCall[];
  const connect = (uri: string, secret = SECRET): Promise<EchoCall> =>
    EchoCall.connect(site.browser, site.janus, [iceServer(uri, secret)]);

  beforeAll(async () => {
    site = await startSite();
    calls = [await connect(URIS.udp), await connect(URIS.tls)];
  });
  afterAll(() => site.platform.stop());

  test('a certificate is renewed: whoever connects now is shown the new one', async () => {
    const { manifests, authority, serverAddresses } = site.platform;
    const renewed = authority.issue(serverAddresses);
    const shown = shownCertificate(site);

    const qualities = await during(calls, () => site.relay.after(() => manifests.setCertificate(renewed)));

    expect(qualities).toEqual(['good', 'good']);
    expect(shownCertificate(site)).toBe(new X509Certificate(renewed.cert).serialNumber);
    expect(shownCertificate(site)).not.toBe(shown);
    await (await connect(URIS.tls)).close();
  });

  test('a secret is rotated: for a while both count, then the new one alone', async () => {
    const { manifests } = site.platform;
    const rotate = (current: string, previous?: string) => () =>
      site.relay.after(() => manifests.setSecret(current, previous));

    const leaver = await connect(URIS.udp);

    expect(await during(calls, rotate(NEXT_SECRET, SECRET))).toEqual(['good', 'good']);
    await leaver.close();
    expect((await site.relay.metrics()).allocations).toBe(calls.length);
    for (const secret of [SECRET, NEXT_SECRET]) await (await connect(URIS.udp, secret)).close();

    expect(await during(calls, rotate(NEXT_SECRET))).toEqual(['good', 'good']);
    await (await connect(URIS.udp, NEXT_SECRET)).close();
    await expect(connect(URIS.udp, SECRET)).rejects.toThrow('"code":401');
    await site.relay.after(() => manifests.setSecret(SECRET));
  });

  test('routes come and go', async () => {
    const { manifests } = site.platform;
    const add = (): void => manifests.addRoute('other', ['10.77.2.9'], 20_000, 20_100);

    expect(await during(calls, () => site.relay.after(add))).toEqual(['good', 'good']);
    expect(await during(calls, () => site.relay.after(() => manifests.removeRoute('other')))).toEqual(['good', 'good']);
  });

  test('the configuration is gone, and comes back: calls begin meanwhile, and what changes then is obeyed', async () => {
    // GIVEN
    const { manifests } = site.platform;
    const away = `${manifests.rendered}.away`;
    const since = site.relay.log.lines.length;

    // WHEN
    const gone = await during(calls, async () => {
      renameSync(manifests.rendered, away);
      await site.relay.log.line(({ msg }) => msg === 'the previous configuration stays in force', since);
      await (await connect(URIS.udp)).close();
    });
    const back = await during(calls, async () => {
      renameSync(away, manifests.rendered);
      await site.relay.after(() => manifests.addRoute('another', ['10.77.2.9'], 20_000, 20_100));
    });

    // THEN
    expect([...gone, ...back]).toEqual(['good', 'good', 'good', 'good']);
  });
});

/** Serial number of the certificate that the relay shows to a new client. */
function shownCertificate({ platform, client }: Site): string {
  const address = `${platform.serverAddresses[0]}:${PORTS.tls}`;
  const output = client.run('openssl', ['s_client', '-connect', address], '');
  return new X509Certificate(output).serialNumber;
}
