import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AdminServer } from '../../../../relay/src/admin/admin-server';
import { IceTest } from '../../../../relay/src/admin/icetest/ice-test';
import { iceTestRoutes } from '../../../../relay/src/admin/icetest/ice-test-routes';
import { freePorts } from '../../../e2e/ports';

const PAGE = '<html><style>a{}</style><script>let a</script></html>';
const folder = mkdtempSync(join(tmpdir(), 'icetest-routes-'));
const file = join(folder, 'icetest.html');
const iceTest = new IceTest({
  relayedAddresses: () => [],
  relayPorts: { min: 1024, max: 65_535 },
  peerPolicy: () => ({}),
});
const server = new AdminServer(iceTestRoutes(iceTest, file), error => {
  throw error;
});
let port: number;

beforeAll(async () => {
  port = await freePorts();
  server.apply(`http://127.0.0.1:${port}`);
  // It listens once the address is looked up.
  const listens = (): Promise<boolean> => get('/').then(Boolean, () => false);
  while (!(await listens())) await sleep(10);
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

interface Got {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function get(path: string, host = `localhost:${port}`, method = 'GET'): Promise<Got> {
  return new Promise((resolve, reject) => {
    request({ port, path, method, host: '127.0.0.1', headers: { host } }, response => {
      let body = '';
      response.on('data', data => (body += String(data)));
      response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body }));
    })
      .on('error', reject)
      .end();
  });
}

test('a page that was not built is told, and so is a relay without a configuration', async () => {
  const [unbuilt, unconfigured] = [await get('/'), await get('/offer')];
  expect([unbuilt.status, unconfigured.status]).toEqual([503, 503]);
  expect(unbuilt.body).toContain('npm run build');
  expect(unconfigured.body).toContain('no configuration');
});

test('the page may run its own script and style, ask its own server, and nothing else', async () => {
  writeFileSync(file, PAGE);
  const { status, headers, body } = await get('/');
  expect([status, body]).toEqual([200, PAGE]);
  const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  expect(headers['content-security-policy']).toBe(
    `default-src 'none'; script-src ${hash('let a')}; style-src ${hash('a{}')}; connect-src 'self'; img-src data:; ` +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  expect(headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
});

test.each(['localhost', 'LOCALHOST:8089', '127.0.0.1', '127.9.9.9:1', '[::1]:8089'])('%s gets an offer', async host => {
  iceTest
    .into({ config: () => undefined, problems: () => undefined })
    .config({ name: 'a/b', realm: 'r', logLevel: '', credentials: [], listeners: [], clusters: [] }, []);
  const { status, body, headers } = await get('/offer', host);
  expect(status).toBe(200);
  expect(body).toMatch(/^\{"servers":\[\],"username":"\d+:icetest","credential":"[^"]{28}"\}$/);
  expect(headers).not.toHaveProperty('access-control-allow-origin');
});

test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', 'a@localhost'])(
  'DNS rebinding: a page that calls this host %j gets nothing',
  async host => {
    for (const path of ['/', '/offer']) expect((await get(path, host)).status).toBe(403);
  },
);

test('there is nothing to post', async () => {
  expect((await get('/offer', undefined, 'POST')).status).toBe(405);
});
