import { Endpoint } from '../../../relay/src/net/endpoint';
import { Flow } from '../../../relay/src/turn/flow';
import { LISTENER } from '../turn/harness';
import { Session } from './session';
import { FAIR, STORM, type Weather, World } from './world';

/** `SIMULATION_SESSIONS=100000` is the long run. */
const SESSIONS = Number(process.env.SIMULATION_SESSIONS ?? 10_000);
const SEED = Number(process.env.SIMULATION_SEED ?? 1);
const CLIENTS = 400;
/** Longer than anything stays in the network, so that nobody gets what was sent by the one before. */
const QUIET_MS = 45_000;

/** Sessions one after another at each of several clients, every other one a stream. */
function simulate(weather: Weather, sessions: number, clients = CLIENTS): World {
  const world = new World(SEED, weather, {});
  let left = sessions;
  let stream = 1000;
  const begin = (client: number): void => {
    if (left-- <= 0) return;
    const { dice } = world;
    const address = Endpoint.of(`198.51.${client >> 8}.${client & 255}`, dice.between(40_000, 40_002));
    const flow = dice.chance(0.3)
      ? new Flow('tcp', LISTENER, stream++, address)
      : new Flow('udp', LISTENER, 1, address);
    new Session(world, flow, () => world.later(QUIET_MS, () => begin(client))).start();
  };
  for (let i = 0; i < clients; i++) world.later(world.dice.below(10_000), () => begin(i));
  world.run();
  return world;
}

/** After the longest lifetime that anything may still have. */
function expectNothingLeft(world: World): void {
  world.letTimePass(world.now + 3_602_000);
  world.audit();
  expect(world.server.store.size).toBe(0);
  expect(world.server.store.timers).toBe(0);
  expect(world.ledger.openRelays.size).toBe(0);
  expect(world.ledger.portsTaken).toBe(0);
}

test(`${SESSIONS} sessions through loss, reordering, duplication and jumping clocks leave nothing behind`, () => {
  const world = simulate(STORM, SESSIONS);
  expectNothingLeft(world);
  expect(world.delivered.toPeers).toBeGreaterThan(SESSIONS / 2);
  expect(world.delivered.toClients).toBeGreaterThan(SESSIONS / 4);
  expect(world.jumps).toBeGreaterThan(0);
}, 300_000);

test('in fair weather nothing at all is lost', () => {
  const world = simulate(FAIR, 500, 50);
  expectNothingLeft(world);
  expect(world.delivered.toClients).toBeGreaterThan(0);
  expect(world.delivered.toClients).toBe(world.delivered.toPeers);
});

test('the same seed is the same run', () => {
  const [one, other] = [simulate(STORM, 200, 20), simulate(STORM, 200, 20)];
  expect([one.steps, one.delivered, one.now]).toEqual([other.steps, other.delivered, other.now]);
});
