import { parseOptions } from '../../../relay/src/cli/options';
import { usage } from '../../../relay/src/cli/usage';

const endpoint = (...argv: string[]) => parseOptions(argv, {}).endpoints.iceTest;

test('the page is served nowhere unless it is asked for', () => {
  expect(endpoint()).toBeUndefined();
  expect(endpoint('--icetest-endpoint=')).toBeUndefined();
});

test.each(['http://127.0.0.1:8089', 'http://localhost:8089', 'http://[::1]:8089', 'http://127.1.2.3'])(
  '%s is of this host alone',
  url => {
    expect(endpoint('--icetest-endpoint', url)).toBe(url);
  },
);

test.each([
  'http://:8089',
  'http://0.0.0.0:8089',
  'http://10.0.0.1:8089',
  'http://[::]:8089',
  'http://127.0.0.1.example:1',
])('%s could be reached from elsewhere, and the page hands out credentials', url => {
  expect(() => endpoint('--icetest-endpoint', url)).toThrow(`can be reached from elsewhere (got ${url})`);
});

test('`stunnerd icetest` serves the page, and a listener of its own where nothing else is named', () => {
  const { endpoints, origin, watch } = parseOptions(['icetest'], {});
  expect(endpoints.iceTest).toBe('http://127.0.0.1:8089');
  expect(origin).toMatchObject({ kind: 'uri', uri: { host: '0.0.0.0', port: 3478, transport: 'udp' } });
  expect(watch).toBe(false);
  expect(usage()).toContain('stunnerd icetest [flags]');
});

test.each([
  [['--config', 'k8s'], {}, { kind: 'kubernetes' }],
  [['--manifests', 'folder'], {}, { kind: 'manifests' }],
  [['turn://u:p@127.0.0.1:3478?transport=tcp'], {}, { kind: 'uri', uri: { transport: 'tcp' } }],
  [[], { STUNNER_CONFIG_ORIGIN: '/etc/stunnerd.yaml' }, { kind: 'file' }],
  [[], { CDS_SERVER_ADDR: '10.0.0.1' }, { kind: 'discovery' }],
])('`stunnerd icetest` with %j and %j serves what these name', (argv, env, origin) => {
  expect(parseOptions(['icetest', ...argv], env).origin).toMatchObject(origin);
});

test('the flag wins over the address that the word stands for', () => {
  expect(endpoint('icetest', '--icetest-endpoint=http://127.0.0.1:9000')).toBe('http://127.0.0.1:9000');
});
