import { execFileSync } from 'node:child_process';
import { ArgoHealth } from 'cdk8s-stunner';

interface Health {
  status: string;
  message: string;
}

/** An object as a Lua table, as Argo CD hands it to the script. */
function lua(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(lua).join(', ')}}`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(([key, field]) => `[${JSON.stringify(key)}] = ${lua(field)}`);
  return `{${entries.join(', ')}}`;
}

/** Lua is WebAssembly, which jest's own module loader does not load. */
const INTERPRETER = `
  const { LuaFactory } = require('wasmoon');
  new LuaFactory().createEngine().then(async engine => {
    console.log(JSON.stringify(await engine.doString(require('node:fs').readFileSync(0, 'utf8'))));
    engine.global.close();
  });
`;

function healthOf(route: object): Health {
  const input = `obj = ${lua(route)}\n${ArgoHealth.udpRoute()}`;
  return JSON.parse(execFileSync(process.execPath, ['-e', INTERPRETER], { input, encoding: 'utf8' })) as Health;
}

const spec = { parentRefs: [{ name: 'stunner-gateway' }] };
const condition = (type: string, status: string, observedGeneration = 2) => ({
  type,
  status,
  observedGeneration,
  message: `message of ${type}`,
});
const parent = (...conditions: object[]) => ({ conditions });
const route = (parents: object[] | undefined, more: object = {}) => ({
  metadata: { generation: 2 },
  spec: { ...spec, ...more },
  status: parents && { parents },
});
const well = parent(condition('Accepted', 'True'), condition('ResolvedRefs', 'True'));

test.each<[string, object, string, string]>([
  ['accepted, with its backends', route([well]), 'Healthy', 'accepted by every Gateway'],
  ['without status', { metadata: { generation: 1 }, spec }, 'Progressing', 'no Gateway has answered yet'],
  ['without parents in its status', route([]), 'Progressing', 'no Gateway has answered yet'],
  [
    'of an older generation',
    route([parent(condition('Accepted', 'True', 1))]),
    'Progressing',
    'the latest generation is not observed yet',
  ],
  ['refused', route([parent(condition('Accepted', 'False'))]), 'Degraded', 'Accepted: message of Accepted'],
  [
    'without its backends',
    route([parent(condition('Accepted', 'True'), condition('ResolvedRefs', 'False'))]),
    'Degraded',
    'ResolvedRefs: message of ResolvedRefs',
  ],
  ['of unknown state', route([parent(condition('Accepted', 'Unknown'))]), 'Progressing', 'Accepted is not known yet'],
  [
    'without a word on acceptance',
    route([parent(condition('ResolvedRefs', 'True'))]),
    'Progressing',
    'a Gateway has not accepted the route yet',
  ],
  [
    'refused by its second parent',
    route([well, parent(condition('Accepted', 'False'))]),
    'Degraded',
    'Accepted: message of Accepted',
  ],
  [
    'waiting for its second parent',
    route([well], { parentRefs: [{ name: 'a' }, { name: 'a-tcp' }] }),
    'Progressing',
    'a Gateway has not answered yet',
  ],
])('a route %s', (_, object, status, message) => {
  expect(healthOf(object)).toEqual({ status, message });
});

test('the script goes to argocd-cm by the key that Argo CD reads', () => {
  expect(ArgoHealth.customizations()).toEqual({
    'resource.customizations.health.stunner.l7mp.io_UDPRoute': ArgoHealth.udpRoute(),
  });
});
