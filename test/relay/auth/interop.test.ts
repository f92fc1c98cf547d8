import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { ephemeralPassword } from '../../../relay/src/auth/ephemeral';
import type { RelayConfig } from '../../../relay/src/config/relay-config';
import { RelayIo } from '../../../relay/src/io/relay-io';
import { Prefix } from '../../../relay/src/peer/prefix';
import { serverSettings } from '../../../relay/src/settings';
import { Attribute, MessageClass } from '../../../relay/src/stun/constants';
import { MessageReader } from '../../../relay/src/stun/message-reader';
import type { Flow } from '../../../relay/src/turn/flow';
import { TurnServer } from '../../../relay/src/turn/server';
import type { Sink } from '../../../relay/src/turn/sink';
import { MESSAGES, type PairResult } from '../../e2e/pair';
import { run } from '../../e2e/run';
import { freePort } from '../io/support';
import { Harness } from '../turn/harness';

const HERE = '127.0.0.1';
const SECRET = 'a shared secret of some length';
const WATCHED = ['Username', 'Userhash', 'PasswordAlgorithm', 'MessageIntegrity', 'MessageIntegritySha256'] as const;

/** Notes which credential attributes requests bring that pass. */
class WatchingServer extends TurnServer {
  readonly seen = new Set<string>();
  private readonly reader = new MessageReader();

  override handleClient(flow: Flow, bytes: Uint8Array, offset: number, length: number, now: number): void {
    const { reader } = this;
    if (reader.read(bytes, offset, length) && reader.messageClass === MessageClass.Request) {
      for (const name of WATCHED) if (reader.has(Attribute[name])) this.seen.add(name);
    }
    super.handleClient(flow, bytes, offset, length, now);
  }
}

const GATEWAY = { kind: 'gateway' } as const;
const ALICE = { type: 'static', scope: GATEWAY, username: 'alice', password: 'open sesame' } as const;
const EPHEMERAL = { type: 'ephemeral', scope: GATEWAY, secrets: [SECRET] } as const;

let io: RelayIo<WatchingServer> | undefined;
afterEach(() => io?.close());

/** Two peer connections that have nothing but a relay with these credentials talk to each other. */
async function call(
  program: string,
  credentials: RelayConfig['credentials'],
  username: string,
  credential: string,
): Promise<{ result: PairResult; seen: Set<string> }> {
  const port = await freePort();
  const config: RelayConfig = {
    name: 'stunner/edge',
    realm: 'turn.example.org',
    logLevel: '',
    credentials,
    listeners: [{ name: 'edge', transport: 'udp', port, address: HERE, routes: ['edge/self'] }],
    clusters: [
      {
        name: 'edge/self',
        namespace: 'edge',
        protocol: 'udp',
        peers: [{ prefix: HERE, minPort: 1, maxPort: 65535 }],
      },
    ],
  };
  const settings = serverSettings(config, { allowPeers: [Prefix.parse(HERE)], relayFamilies: () => [4] });
  const makeServer = (sink: Sink): WatchingServer =>
    new WatchingServer({
      sink,
      events: new Harness(),
      settings,
      unixSeconds: () => Math.floor(Date.now() / 1000),
      random: randomBytes,
      hashSeed: 1,
      now: Math.floor(performance.now()),
    });
  const relay = await new Promise<RelayIo<WatchingServer>>((resolve, reject) => {
    const opened = new RelayIo(makeServer, {
      relayAddresses: [HERE],
      events: {
        listening: () => resolve(opened),
        listenerProblem: (_, problem) => reject(new Error(problem)),
      },
    });
    io = opened;
    opened.start();
    opened.apply(config.listeners);
  });

  const server = { url: `turn:${HERE}:${port}?transport=udp`, username, credential };
  const file = join(__dirname, '../../e2e', program);
  const { exitCode, output } = await run(process.execPath, ['--import', 'tsx', file, JSON.stringify(server)], 20_000);
  if (exitCode !== 0) throw new Error(output);
  return { result: JSON.parse(output) as PairResult, seen: relay.core.seen };
}

const later = (): [string, string] => {
  const username = `${Math.floor(Date.now() / 1000) + 60}:alice`;
  return [username, ephemeralPassword(SECRET, username)];
};

describe('clients that take what they know of RFC 8489', () => {
  test('libjuice hides its user name where that is offered', async () => {
    const { result, seen } = await call('libdatachannel-pair.ts', [ALICE], 'alice', 'open sesame');
    expect(result.echoed).toBe(MESSAGES);
    expect([...seen].sort()).toEqual(['MessageIntegrity', 'Userhash']);
  });

  test('libjuice gives its user name where a hash could not be told from another', async () => {
    const { result, seen } = await call('libdatachannel-pair.ts', [ALICE, EPHEMERAL], ...later());
    expect(result.echoed).toBe(MESSAGES);
    expect([...seen].sort()).toEqual(['MessageIntegrity', 'Username']);
  });

  test('werift, which knows RFC 5389 only, gets through', async () => {
    const { result, seen } = await call('werift-pair.ts', [ALICE], 'alice', 'open sesame');
    expect(result.echoed).toBe(MESSAGES);
    expect([...seen].sort()).toEqual(['MessageIntegrity', 'Username']);
  });
});
