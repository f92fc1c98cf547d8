import { HAS_IPV6, HERE, HERE6, MEDIA, MEDIA6, SHARED_SECRET, Site, STATIC_USER, type Transport } from './site';
import { expectLossless } from './pending';
import { freePorts } from './ports';
import { run } from './run';
import { StunnerdSite } from './stunnerd-site';
import { EchoPeer, uclient, verdict } from './turnutils';

// coturn's test clients against the built relay. OAuth (uclient -J, RFC 7635) is out of the relay's scope.

interface Case {
  readonly name: string;
  readonly flags: readonly string[];
  /** @default udp */
  readonly via?: Transport;
  /** Where the relay is. @default IPv4 */
  readonly host?: string;
  /** @default IPv4 */
  readonly peer?: string;
}

const SECURE: Readonly<Record<Transport, readonly string[]>> = {
  udp: [],
  tcp: ['-t'],
  tls: ['-t', '-S'],
  dtls: ['-S'],
};

/** Without -c a client asks for an even port and reserves the next one for RTCP (RFC 8656 7.1). */
const CASES: readonly Case[] = [
  { name: 'channels, with RTCP beside RTP', flags: [] },
  { name: 'Send indications', flags: ['-s'] },
  { name: 'no RTCP', flags: ['-c'] },
  { name: 'twenty clients', flags: ['-m', '20'] },
  { name: 'messages of 1200 bytes', flags: ['-l', '1200'] },
  { name: 'DONT-FRAGMENT', flags: ['-g'] },
  { name: 'padded ChannelData', flags: ['-D'] },
  { name: 'extra requests', flags: ['-G'] },
  { name: 'client to client', flags: ['-y'] },
  { name: 'client to client over TCP', flags: ['-y'], via: 'tcp' },
  { name: 'TCP', flags: [], via: 'tcp' },
  { name: 'TLS', flags: [], via: 'tls' },
  { name: 'DTLS', flags: [], via: 'dtls' },
  { name: 'TLS, certificate verified', flags: ['-E', 'CA'], via: 'tls' },
  { name: 'DTLS, certificate verified', flags: ['-E', 'CA'], via: 'dtls' },
  { name: 'dual allocation', flags: ['-Z', '-m', '20'] },
  { name: 'origin and bandwidth attributes', flags: ['-o', 'http://example.com', '-a', '100000'] },
];

const IPV6_CASES: readonly Case[] = [
  { name: 'IPv6 to IPv6', flags: ['-x'], host: HERE6, peer: MEDIA6 },
  { name: 'IPv6 to IPv4', flags: ['-X'], host: HERE6, peer: MEDIA },
  { name: 'IPv4 to IPv6', flags: ['-x'], host: HERE, peer: MEDIA6 },
];

const TCP_RELAY_CASES: readonly Case[] = [
  { name: 'TCP relaying', flags: ['-T'], via: 'tcp' },
  { name: 'TCP relaying over TLS', flags: ['-T'], via: 'tls' },
];

let site: Site;
let echo: EchoPeer;
/** First of the two ports where NAT behaviour discovery is answered. */
let discovery: number;

beforeAll(async () => {
  discovery = await freePorts(2);
  const origins = [HERE, MEDIA, discovery, discovery + 1].join(',');
  site = await Site.start({ args: ['--mobility', '--nat-discovery', origins, '--log', 'all:DEBUG'] });
  echo = await EchoPeer.start(site.peer);
});

afterAll(async () => {
  await echo.stop();
  await site.stop();
});

test.concurrent.each(CASES)('uclient: $name', async each => {
  expectLossless(`uclient: ${each.name}`, await outcome(site, each));
});

test.concurrent('uclient: mobility', async () => {
  expectLossless('uclient: mobility', await outcome(site, { name: 'mobility', flags: ['-M'] }));

  // Without a move the client would have lost nothing either.
  expect(site.relay.lines.some(({ msg }) => msg.includes('goes on at'))).toBe(true);
});

(HAS_IPV6 ? test.concurrent : test.skip).each(IPV6_CASES)('uclient: $name', async each => {
  expectLossless(`uclient: ${each.name}`, await outcome(site, each));
});

test.concurrent('uclient: indications without a permission bring nothing back', async () => {
  const { sent, received } = await uclient(argumentsOf(site, { name: '', flags: ['-I', '-s', '-n', '5'] }));

  expect(sent).toBeGreaterThan(0);
  expect(received).toBe(0);
});

test.concurrent('stunclient: the address that the relay saw', async () => {
  const { exitCode, output } = await run('turnutils_stunclient', ['-p', String(site.ports.udp), HERE], 10_000);

  expect(exitCode).toBe(0);
  expect(output).toMatch(/UDP reflexive addr: 127\.0\.0\.1:\d+/);
});

test.concurrent('natdiscovery: no NAT, found by RFC 5780', async () => {
  const args = ['-m', '-f', '-p', String(discovery), HERE];
  const { exitCode, output } = await run('turnutils_natdiscovery', args, 30_000);

  expect(exitCode).toBe(0);
  expect(output).toContain('NAT with Endpoint Independent Mapping!');
  expect(output).toContain('NAT with Endpoint Independent Filtering!');
});

describe('with a shared secret (REST API for access to TURN services)', () => {
  let ephemeral: Site;
  let itsEcho: EchoPeer;

  beforeAll(async () => {
    ephemeral = await Site.start({ auth: 'ephemeral', args: ['--log', 'all:DEBUG'] });
    itsEcho = await EchoPeer.start(ephemeral.peer);
  });

  afterAll(async () => {
    await itsEcho.stop();
    await ephemeral.stop();
  });

  test.concurrent.each(['udp', 'tcp', 'tls', 'dtls'] as const)('uclient: secret over %s', async via => {
    const name = `secret over ${via}`;
    expectLossless(`uclient: ${name}`, await outcome(ephemeral, { name, flags: ['-c'], via }, SECRET_USER));
  });

  test.concurrent('uclient: RTCP on several threads', async () => {
    const name = 'RTCP on several threads';
    expectLossless(`uclient: ${name}`, await outcome(ephemeral, { name, flags: ['-m', '12'] }, SECRET_USER));
  });

  // With -B uclient closes all its sockets right after a burst, so what was sent in that burst is lost by its own doing.
  test.concurrent('uclient: disconnects leave no allocation behind', async () => {
    const { relay } = ephemeral;
    const leaver = ['-W', SHARED_SECRET, '-u', 'leaver'];
    const flags = ['-c', '-B', '-m', '20', '-n', '500'];
    await uclient(argumentsOf(ephemeral, { name: '', flags, via: 'tcp' }, leaver), 12_000);

    const created = relay.lines.flatMap(
      ({ msg }) => /^allocation .* for (.*) \(gateway:leaver\)$/.exec(msg)?.[1] ?? [],
    );
    expect(created.length).toBeGreaterThanOrEqual(20);
    for (const flow of created) await relay.line(({ msg }) => msg === `allocation of ${flow} ended: disconnected`);
  });
});

describe('with TCP peers (RFC 6062), which only a stunnerd configuration can open', () => {
  let stunnerd: StunnerdSite;

  beforeAll(async () => {
    stunnerd = await StunnerdSite.start();
  });

  afterAll(() => stunnerd.stop());

  test.concurrent.each(TCP_RELAY_CASES)('uclient: $name', async each => {
    expectLossless(`uclient: ${each.name}`, await outcome(stunnerd, each));
  });
});

const SECRET_USER = ['-W', SHARED_SECRET, '-u', 'alice'];
const FAST = ['-n', '20', '-z', '5'];
/** What stands in one TLS record is one message to uclient, but a relay that was held up writes all that waits at once. */
const SLOW = ['-n', '5', '-z', '200'];
const USER = ['-u', STATIC_USER.username, '-w', STATIC_USER.password];

type Target = Pick<Site, 'ports' | 'peer' | 'certificate'>;

function argumentsOf(target: Target, { flags, via = 'udp', host = HERE, peer = MEDIA }: Case, user = USER): string[] {
  return [
    ...[...user, ...(via === 'tls' ? SLOW : FAST), ...SECURE[via], '-p', String(target.ports[via])],
    ...flags.map(flag => (flag === 'CA' ? target.certificate.caFile : flag)),
    ...['-e', peer, '-r', String(target.peer), host],
  ];
}

/**
 * uclient leaves without ending its allocations, and the kernel may give a later run a port of an earlier one: 437, as it
 * should be, for a client that does not try another port by itself. One that is unlucky begins anew.
 */
async function outcome(target: Target, each: Case, user = USER): Promise<string> {
  const first = verdict(await uclient(argumentsOf(target, each, user)));
  return first.includes('error 437') ? verdict(await uclient(argumentsOf(target, each, user))) : first;
}
