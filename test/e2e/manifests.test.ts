import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { call, connect, denied, type TurnServerAddress } from '../../examples/demo/call';
import type { LogLine } from '../../examples/demo/relay-process';
import { ELSEWHERE, HERE, MEDIA, Site, STATIC_USER } from './site';
import { EchoPeer, uclient, type UclientRun, verdict } from './turnutils';

// GIVEN a tree that the library rendered, and the built relay that watches it
let site: Site;
let echo: EchoPeer;

beforeAll(async () => {
  site = await Site.start();
  echo = await EchoPeer.start(site.peer);
});

afterAll(async () => {
  await echo.stop();
  await site.stop();
});

/** A short call of coturn's client, channels if not told otherwise. */
function runClient(flags: readonly string[] = [], peer = MEDIA, password = STATIC_USER.password): Promise<UclientRun> {
  return uclient([
    ...['-u', STATIC_USER.username, '-w', password, '-n', '20', '-z', '5', '-p', String(site.ports.udp)],
    ...['-c', ...flags, '-e', peer, '-r', String(site.peer), HERE],
  ]);
}

test('clients reach the peers of a rendered route', async () => {
  const runs = await Promise.all([runClient(), runClient(['-s']), runClient(['-t']), runClient(['-m', '20'])]);
  const [channel, sendIndication, tcp, twenty] = runs.map(verdict);

  expect({ channel, sendIndication, tcp, twenty }).toEqual({
    channel: 'lossless',
    sendIndication: 'lossless',
    tcp: 'lossless',
    twenty: 'lossless',
  });
});

describe('nobody else gets anywhere', () => {
  test('a peer outside the routes: 403 for the client, the reason for the operator', async () => {
    const since = site.relay.lines.length;
    const run = await runClient([], ELSEWHERE);

    expect(run.output).toContain('error 403');
    expect(run.received).toBe(0);
    const denial = await site.relay.line(({ msg }) => msg.startsWith('peer denied'), since);
    expect(denial).toMatchObject({ reason: 'no-route', user: `gateway:${STATIC_USER.username}` });
    expect(denial.msg).toContain(`${ELSEWHERE} is in no route of this listener`);
  });

  test('a wrong password: no allocation, and the name for the operator', async () => {
    const since = site.relay.lines.length;
    const run = await runClient([], MEDIA, 'guess');

    expect(run.output).toContain('Cannot complete Allocation');
    await site.relay.line(({ msg }) => msg.startsWith(`credential refused for "${STATIC_USER.username}"`), since);
  });
});

describe('a folder that changes while the relay runs', () => {
  test('a bad manifest is named, and what ran before serves on', async () => {
    // WHEN
    const bad = join(site.manifests, 'bad.yaml');
    let since = site.relay.lines.length;
    write(bad, 'apiVersion: stunner.l7mp.io/v1\nkind: UDPRoute\nmetadata: { name: Not A Name, namespace: acme }\n');
    const problem = await site.relay.line(({ msg }) => msg.includes(bad), since);
    await site.relay.line(({ msg }) => msg === 'the previous configuration stays in force', since);
    const client = await connect(here());
    const { sent, roundTrips } = await call(client, [MEDIA, site.peer], 20);
    await client.close();
    since = site.relay.lines.length;
    rmSync(bad);
    await site.relay.line(inForce, since);

    // THEN
    expect(problem).toMatchObject({
      level: 'ERROR',
      msg: `${bad}: UDPRoute: metadata.name: not an object name (got "Not A Name"): lower-case letters, digits, "-" and "."`,
    });
    expect(roundTrips).toHaveLength(sent);
  });

  test('a route that goes takes its peers from calls that run, and brings them back', async () => {
    // GIVEN
    const route = site.routeFile('media');
    const yaml = readFileSync(route, 'utf8');
    const client = await connect(here());
    const running = call(client, [MEDIA, site.peer], 150);
    await setTimeout(1000);

    // WHEN
    let since = site.relay.lines.length;
    rmSync(route);
    await site.relay.line(inForce, since);
    const cut = await running;
    await client.close();
    const another = await connect(here());
    const meanwhile = await denied(another, [MEDIA, site.peer]).catch(String);
    await another.close();
    since = site.relay.lines.length;
    write(route, yaml);
    await site.relay.line(inForce, since);
    const later = await connect(here());
    const restored = await call(later, [MEDIA, site.peer], 20);
    await later.close();

    // THEN
    expect(cut.roundTrips.length).toBeGreaterThan(30);
    expect(cut.roundTrips.length).toBeLessThan(120);
    expect(meanwhile).toBe('403 Forbidden');
    expect(restored.roundTrips).toHaveLength(restored.sent);
  });
});

function here(): TurnServerAddress {
  return { address: HERE, port: site.ports.udp, username: STATIC_USER.username, credential: STATIC_USER.password };
}

function inForce({ msg }: LogLine): boolean {
  return msg.startsWith('configuration of');
}

/** As a whole: a file that is written in place may be read half-way. */
function write(file: string, content: string): void {
  writeFileSync(`${file}.part`, content);
  renameSync(`${file}.part`, file);
}
