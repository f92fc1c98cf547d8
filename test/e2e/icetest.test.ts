import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { makeCertificate } from './certificate';
import { IceTestPage, type View } from './icetest-page';
import { IceTestSite } from './icetest-site';
import { freePorts } from './ports';

// A person opens a page, types nothing, and learns which ways to the relay work, and what is wrong with the others.

const PROGRAM = '/usr/bin/chromium';
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  // Nobody knows the authority of a test's certificate.
  ...['--disable-background-networking', '--disable-component-update', '--ignore-certificate-errors'],
];
const DESKTOP: View = { width: 1280, height: 900, colorScheme: 'light' };
const PHONE: View = { width: 390, height: 844, colorScheme: 'dark' };
const ALLOW_LOOPBACK = ['--allow-peer', '127.0.0.0/8'];
/** A browser gives up on a silent server only after ten seconds. */
const LIMIT_MS = 40_000;

if (!existsSync(PROGRAM))
  process.stderr.write('\nSKIPPED: the ICE test page\n  it needs the Debian package chromium\n');

(existsSync(PROGRAM) ? describe : describe.skip)('the ICE test page (needs chromium)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'icetest-'));
  const certificate = makeCertificate(folder);
  const secure = { cert: base64(certificate.cert), key: base64(certificate.key) };
  const sites: IceTestSite[] = [];
  let browser: Browser;

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: PROGRAM, args: FLAGS });
  });

  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  afterEach(async () => {
    await Promise.all(sites.splice(0).map(site => site.stop()));
  });

  async function start(...args: Parameters<typeof IceTestSite.start>): Promise<IceTestSite> {
    const site = await IceTestSite.start(...args);
    sites.push(site);
    return site;
  }

  async function opened(site: IceTestSite, view: View = DESKTOP): Promise<IceTestPage> {
    return IceTestPage.open(browser, site.url, view);
  }

  /** Where someone wants to look at the page. */
  async function picture({ page }: IceTestPage, name: string): Promise<void> {
    const { ICETEST_PICTURES: pictures } = process.env;
    if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
  }

  test.each([
    ['on a desktop', DESKTOP],
    ['on a phone, in the dark', PHONE],
  ])(
    '%s: every way works, with figures, and nothing is wider than the window',
    async (_, view) => {
      const [port, securePort] = [await freePorts(), await freePorts()];
      const site = await start(
        [
          { name: 'udp', protocol: 'turn-udp', port },
          { name: 'tcp', protocol: 'turn-tcp', port },
          { name: 'tls', protocol: 'turn-tls', port: securePort, ...secure },
          { name: 'dtls', protocol: 'turn-dtls', port: securePort, ...secure },
        ],
        ALLOW_LOOPBACK,
      );
      const test = await opened(site, view);
      expect(await test.verdict(LIMIT_MS)).toBe('All 3 ways to the relay work.');
      await picture(test, `works-${view.colorScheme}`);
      const cards = await test.cards();
      expect(cards.map(({ name, state }) => [name, state])).toEqual([
        ['UDP', '✓ Works'],
        ['TCP', '✓ Works'],
        ['TLS', '✓ Works'],
        ['DTLS', '– Not tested'],
      ]);
      for (const { figures, problem } of cards.slice(0, 3)) {
        expect(problem).toBe('');
        const units = Object.entries(figures).map(([name, value]) => `${name}: ${value.replace(/^[\d.]+/, '#')}`);
        expect(units).toEqual([
          'Relay found in: # ms',
          'Round trip: # ms',
          'Lost on the way: # %',
          'Throughput: # Mbit/s',
        ]);
        expect(parseFloat(figures.Throughput!)).toBeGreaterThan(0.1);
      }
      const points = await test.points();
      expect(points.filter(count => count > 3)).toHaveLength(6);
      const overflow = await test.page.evaluate('document.documentElement.scrollWidth - window.innerWidth');
      expect(overflow).toBeLessThanOrEqual(0);
    },
    120_000,
  );

  test('what does not work is told in words that say what to do', async () => {
    const first = await freePorts(5);
    const [port, secondPort, securePort, nowhere, elsewhere] = [first, first + 1, first + 2, first + 3, first + 4];
    // Another relay, which has never heard of the credential.
    await start([{ name: 'other', protocol: 'turn-tcp', port: elsewhere }]);
    const site = await start(
      [
        { name: 'udp', protocol: 'turn-udp', port, public_port: nowhere },
        { name: 'tcp', protocol: 'turn-tcp', port },
        { name: 'stray', protocol: 'turn-tcp', port: secondPort, public_port: elsewhere },
        { name: 'tls', protocol: 'turn-tls', port: securePort, public_port: nowhere, ...secure },
      ],
      ALLOW_LOOPBACK,
    );
    const test = await opened(site);
    expect(await test.verdict(LIMIT_MS)).toBe('1 of 4 ways to the relay works. Calls will use what works.');
    await picture(test, 'fails');
    const [udp, tcp, stray, tls] = await test.cards();
    expect(udp!.state).toBe('✗ Fails');
    expect(udp!.problem).toContain('UDP is blocked on the way');
    expect(udp!.problem).toContain(`What to do: Let UDP port ${nowhere} through`);
    expect(tcp).toMatchObject({ state: '✓ Works', problem: '' });
    expect(stray!.problem).toContain('The relay does not accept the credential');
    expect(tls!.problem).toContain('Browsers do not trust the certificate');
  }, 120_000);

  test('where the relay denies the other end, the page says so, and that the way to the relay is fine', async () => {
    const site = await start([{ name: 'udp', protocol: 'turn-udp', port: await freePorts() }]);
    const test = await opened(site, { ...DESKTOP, colorScheme: 'dark' });
    expect(await test.verdict(LIMIT_MS)).toBe('The relay can be reached, but not all could be tested.');
    await picture(test, 'denied');
    const [udp] = await test.cards();
    expect(udp!.figures).toHaveProperty('Relay found in');
    expect(udp!.problem).toContain('The relay answers, but it denies the other end');
    expect(udp!.problem).toContain('never-allowed-range');
  }, 120_000);

  test('with the keyboard alone: the button is reached, says what it does, and tests again', async () => {
    const site = await start([{ name: 'udp', protocol: 'turn-udp', port: await freePorts() }]);
    const test = await opened(site);
    const { page } = test;
    const [button, status] = [page.getByRole('button', { name: 'Test again' }), page.getByRole('status')];
    await test.tested(LIMIT_MS);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await status.filter({ hasText: 'Testing one way' }).waitFor();
    expect(await button.isDisabled()).toBe(true);
    expect(await page.getByRole('listitem').getByRole('article', { name: 'UDP' }).count()).toBe(1);

    // Who tests a third time does not have to look for the button again, and a test that runs is not disturbed.
    await page.keyboard.press('Enter');
    await test.tested(LIMIT_MS);
    await page.keyboard.press('Enter');
    await status.filter({ hasText: 'Testing one way' }).waitFor();
  }, 120_000);
});

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
