import { setTimeout as sleep } from 'node:timers/promises';
import { HERE, MEDIA, Site, STATIC_USER } from './site';
import { EchoPeer, uclient, verdict } from './turnutils';

// SIGTERM is what Kubernetes sends a pod that is to go: a rolling update must end no call.

const sites: Site[] = [];
let peer: EchoPeer | undefined;

afterEach(async () => {
  await Promise.all(sites.splice(0).map(site => site.stop()));
  await peer?.stop();
  peer = undefined;
});

async function start(args: readonly string[] = []): Promise<Site> {
  const site = await Site.start({ args });
  sites.push(site);
  return site;
}

/** A client over TCP, whose allocation ends with its connection. */
async function call(site: Site, to: Site, messages: number, limitMs?: number): Promise<string> {
  const credentials = ['-u', STATIC_USER.username, '-w', STATIC_USER.password];
  const load = ['-n', String(messages), '-z', '20', '-c', '-t'];
  const where = ['-e', MEDIA, '-r', String(to.peer), '-p', String(site.ports.tcp), HERE];
  return verdict(await uclient([...credentials, ...load, ...where], limitMs));
}

/** A site whose relay has been told to end while a call goes on. */
async function drainingSite(
  args: readonly string[] = [],
  limitMs?: number,
): Promise<{ site: Site; running: Promise<string> }> {
  const site = await start(args);
  peer = await EchoPeer.start(site.peer);
  const running = call(site, site, 200, limitMs);
  await sleep(1500);
  site.relay.signal('SIGTERM');
  await site.relay.line(({ msg }) => msg.startsWith('SIGTERM'));
  return { site, running };
}

test('SIGTERM: the call goes on, new clients are refused with 508, and the relay ends with the last call', async () => {
  const { site, running } = await drainingSite();
  expect(await call(site, site, 5)).toContain('error 508');
  expect(await running).toBe('lossless');
  expect(await site.relay.exited).toBe(0);
});

test('SIGTERM with --alternate-server: new clients go there (RFC 8489 10)', async () => {
  const other = await start();
  const { site, running } = await drainingSite(['--alternate-server', `${HERE}:${other.ports.tcp}`]);
  const otherPeer = await EchoPeer.start(other.peer);
  expect(await call(site, other, 5)).toBe('lossless');
  await otherPeer.stop();
  expect(await running).toBe('lossless');
  expect(await site.relay.exited).toBe(0);
});

test('a second SIGTERM ends the relay at once', async () => {
  const { site, running } = await drainingSite([], 5000);
  site.relay.signal('SIGTERM');
  expect(await site.relay.exited).toBe(0);
  expect(await running).not.toBe('lossless');
});

test('SIGTERM without a call ends the relay at once', async () => {
  const site = await start();
  site.relay.signal('SIGTERM');
  expect(await site.relay.exited).toBe(0);
});
