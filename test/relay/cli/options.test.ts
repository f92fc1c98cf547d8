import { FLAGS } from '../../../relay/src/cli/flag-table';
import { UsageError } from '../../../relay/src/cli/flags';
import { parseOptions, type Environment } from '../../../relay/src/cli/options';
import { usage } from '../../../relay/src/cli/usage';

const options = (argv: string[], env: Environment = {}) => parseOptions(argv, env, 'host-1');
const split = (line: string): string[] => line.split(' ').filter(word => word !== '');

test('what the operator starts the relay with', () => {
  const env = {
    STUNNER_NAMESPACE: 'stunner',
    STUNNER_NAME: 'edge',
    STUNNER_NODENAME: 'node-7',
    STUNNER_CONFIG_ORIGIN: 'http://10.96.0.9:13478',
  };
  expect(options(['-w', '--udp-thread-num=16', '--log-format=text'], env)).toEqual({
    command: 'run',
    id: 'stunner/edge',
    gateway: 'stunner/edge',
    gatewayApiRoutes: false,
    origin: { kind: 'discovery', url: 'http://10.96.0.9:13478' },
    node: 'node-7',
    watch: true,
    dryRun: false,
    logLevel: undefined,
    logFormat: 'text',
    udpThreads: 16,
    udpModeration: 80,
    relayAddresses: [],
    relayPorts: { min: 49_152, max: 65_535 },
    mobility: false,
    limits: {},
    streamLimits: {},
    allowPeers: [],
    endpoints: {},
    kubernetes: {},
    warnings: [],
  });
});

describe('flags are read as pflag reads them', () => {
  test.each([
    ['--log=all:DEBUG', { logLevel: 'all:DEBUG' }],
    ['--log all:DEBUG', { logLevel: 'all:DEBUG' }],
    ['-l all:DEBUG', { logLevel: 'all:DEBUG' }],
    ['-lall:DEBUG', { logLevel: 'all:DEBUG' }],
    ['-l=all:DEBUG', { logLevel: 'all:DEBUG' }],
    ['-wd', { watch: true, dryRun: true }],
    ['-wdl all:WARN', { watch: true, dryRun: true, logLevel: 'all:WARN' }],
    ['-wu8', { watch: true, udpThreads: 8 }],
    ['--udp-moderation 0', { udpModeration: 0 }],
    ['--watch=true -d=1', { watch: true, dryRun: true }],
    ['--watch=false', { watch: false }],
    ['-w --watch=F', { watch: false }],
    ['--log a:INFO --log b:INFO', { logLevel: 'b:INFO' }],
    ['-v', { logLevel: 'all:DEBUG' }],
    ['-v -l turn:TRACE', { logLevel: 'turn:TRACE' }],
    ['--force-ready-status', { warnings: [] }],
    ['--log-format json', { logFormat: 'json' }],
    ['--help', { command: 'help' }],
    ['-h', { command: 'help' }],
    ['--version', { command: 'version' }],
    ['-- turn://u:p@127.0.0.1', { origin: expect.objectContaining({ kind: 'uri' }) as unknown }],
    ['--relay-address 192.0.2.1 --relay-address=2001:db8::1', { relayAddresses: ['192.0.2.1', '2001:db8::1'] }],
    ['--relay-ports 20000-20999', { relayPorts: { min: 20_000, max: 20_999 } }],
    ['--kubeconfig /k --context c -n ns', { kubernetes: { kubeconfig: '/k', context: 'c', namespace: 'ns' } }],
  ])('%s', (line, expected) => {
    expect(options(split(line))).toMatchObject({ ...expected, warnings: [] });
  });

  test('--allow-peer may be repeated', () => {
    const { allowPeers } = options(split('--allow-peer 127.0.0.0/8 --allow-peer ::1'));
    expect(allowPeers.map(String)).toEqual(['127.0.0.0/8', '::1']);
  });

  test.each([
    ['--as=me -w', ['--as']],
    ['--as me -w', ['--as']],
    ['-w --insecure', ['--insecure']],
    ['--token s3cret -w', ['--token']],
    ['-zw', ['-z'], false],
    ['-wz', ['-z']],
  ])('unknown flags are left out with a warning, without their values: %s', (line, unknown, watch = true) => {
    expect(options(split(line))).toMatchObject({
      watch,
      warnings: unknown.map(flag => `unknown flag ${flag}: ignored`),
    });
  });

  test('an unknown switch does not swallow a TURN URI', () => {
    expect(options(split('--new-thing turn://u:p@127.0.0.1')).origin.kind).toBe('uri');
  });
});

describe('the id', () => {
  const env = { STUNNER_NAMESPACE: 'stunner', STUNNER_NAME: 'edge' };
  test.each<[string, string[], Environment, string]>([
    ['--id', ['-i', 'a/b'], env, 'a/b'],
    ['the environment', [], env, 'stunner/edge'],
    ['the host, if the environment has half of it', [], { STUNNER_NAME: 'edge' }, 'default/stunnerd-host-1'],
    ['the host, if a part is empty', [], { ...env, STUNNER_NAMESPACE: '' }, 'default/stunnerd-host-1'],
  ])('comes from %s', (_, argv, environment, id) => {
    expect(options(argv, environment).id).toBe(id);
  });
});

describe('the origin', () => {
  const discovery = (url: string) => ({ kind: 'discovery', url });
  const file = (path: string) => ({ kind: 'file', path });
  const fromEnvironment = { STUNNER_CONFIG_ORIGIN: '10.0.0.9:1' };
  test.each<[string, Environment, object]>([
    ['', {}, discovery('http://127.0.0.1:13478')],
    ['', { STUNNER_CONFIG_ORIGIN: '' }, discovery('http://127.0.0.1:13478')],
    ['', fromEnvironment, discovery('http://10.0.0.9:1')],
    ['-c 10.0.0.1:13478', fromEnvironment, discovery('http://10.0.0.1:13478')],
    ['-c operator.stunner.svc', {}, discovery('http://operator.stunner.svc:13478')],
    ['-c http://operator:80', {}, discovery('http://operator')],
    ['-c operator:80', {}, discovery('http://operator')],
    ['-c https://operator.example.org/', {}, discovery('https://operator.example.org')],
    ['-c [2001:db8::1]:13478', {}, discovery('http://[2001:db8::1]:13478')],
    ['-c 2001:db8::1', {}, discovery('http://[2001:db8::1]:13478')],
    ['-c file:///etc/relay.yaml', {}, file('/etc/relay.yaml')],
    ['-c file://relay.yaml', {}, file('relay.yaml')],
    ['-c ./relay.json', {}, file('./relay.json')],
    ['-c relay.yml', {}, file('relay.yml')],
    ['-c k8s', {}, { kind: 'kubernetes' }],
    ['-c k8s --cds-server-address 10.0.0.2', {}, discovery('http://10.0.0.2:13478')],
    ['-c k8s', { CDS_SERVER_ADDR: '10.0.0.2', CDS_SERVER_PORT: '99' }, discovery('http://10.0.0.2:99')],
    [
      '--cds-server-port 98',
      { CDS_SERVER_ADDR: '10.0.0.2:97', CDS_SERVER_PORT: '99' },
      discovery('http://10.0.0.2:97'),
    ],
    ['-c 10.0.0.1:1', { CDS_SERVER_ADDR: '10.0.0.2' }, discovery('http://10.0.0.1:1')],
    ['--manifests a --manifests b.yaml', fromEnvironment, { kind: 'manifests', paths: ['a', 'b.yaml'] }],
  ])('%s with %j', (line, env, origin) => {
    expect(options(split(line), env).origin).toEqual(origin);
  });

  test.each([
    ['turn://u:p@127.0.0.1:3478?transport=udp', 'u', 'p', '127.0.0.1', 3478, 'udp'],
    ['turn://u:p@127.0.0.1', 'u', 'p', '127.0.0.1', 3478, 'udp'],
    ['turn://u:p@turn.example.org:443?transport=TCP', 'u', 'p', 'turn.example.org', 443, 'tcp'],
    ['turn://u:p@[2001:db8::1]:3478?transport=tls', 'u', 'p', '2001:db8::1', 3478, 'tls'],
    ['turn://u:p@127.0.0.1?transport=dtls', 'u', 'p', '127.0.0.1', 3478, 'dtls'],
    ['turns://u:p@127.0.0.1', 'u', 'p', '127.0.0.1', 5349, 'tls'],
    ['turns://u:p@127.0.0.1?transport=udp', 'u', 'p', '127.0.0.1', 5349, 'dtls'],
    ['turn://1735689600%3Aalice:p%40s%2Fs@127.0.0.1', '1735689600:alice', 'p@s/s', '127.0.0.1', 3478, 'udp'],
  ])('%s', (text, username, password, host, port, transport) => {
    expect(options([text]).origin).toEqual({ kind: 'uri', uri: { username, password, host, port, transport } });
  });
});

describe('what cannot be obeyed is refused, and the text says what would do', () => {
  test.each([
    ['--id edge', /^--id is not a gateway \(got edge\): NAMESPACE\/NAME/],
    ['--log', /^--log has no value/],
    ['-wl', /^-l has no value/],
    ['--watch=maybe', /^--watch is a switch \(got maybe\): true or false/],
    ['--udp-thread-num=many', /^--udp-thread-num is out of range \(got many\): .* from 0/],
    ['--udp-thread-num=-1', /got -1/],
    ['--udp-moderation=1001', /^--udp-moderation is out of range \(got 1001\): .* from 0/],
    ['--log-format xml', /^--log-format is unknown \(got xml\): text or json/],
    ['--relay-address 0.0.0.0', /got 0\.0\.0\.0/],
    ['--relay-address fe80::1%eth0', /got fe80::1%eth0/],
    ['--relay-address 192.0.2.1 --relay-address 192.0.2.2', /^two --relay-address of one family/],
    ['--nat-discovery 192.0.2.1', /^--nat-discovery: not enough for NAT discovery \(got 192\.0\.2\.1\): two addresses/],
    ['--relay-ports 1023-2000', /^--relay-ports is not a range \(got 1023-2000\): .*1024-65535/],
    ['--relay-ports 5000-4000', /got 5000-4000/],
    ['--relay-ports 50000', /got 50000/],
    ['--relay-ports 50000-65536', /got 50000-65536/],
    ['--allow-peer 10.0.0.1/8', /^--allow-peer: prefix has bits set behind its length/],
    ['--manifests a -c k8s', /^more than one configuration \(got --manifests and --config\)/],
    ['--manifests a turn://u:p@h', /got a TURN URI and --manifests/],
    ['turn://u:p@h turn://u:p@h', /^too many arguments \(got 2\)/],
    ['-c file://', /names no file/],
    ['-c ftp://host', /^the origin is not readable \(got ftp:\/\/host\)/],
    ['-c host:99999', /^the origin is not readable/],
    ['--cds-server-port 0', /^--cds-server-port is out of range \(got 0\)/],
    ['turn://u:p@h?transport=sctp', /unknown transport \(got sctp\): udp, tcp, tls or dtls/],
    ['turn://u:p@h:0', /port .*\(got 0\)/],
  ])('%s', (line, message) => {
    expect(() => options(split(line))).toThrow(UsageError);
    expect(() => options(split(line))).toThrow(message);
  });

  test.each([
    'turn://alice:hunter2',
    'turn://alice:hunter2@',
    'turn://alice:hunter2@host:notaport',
    'turn://alice:hunter2%@host',
    'turn:alice:hunter2@host',
    'turn://:hunter2@host',
    'turn://alice:hunter2@host?transport=x',
    'alice:hunter2@host',
    'http://alice:hunter2@host',
  ])('shows nothing of user and password: %s', text => {
    const refused = () => options([text]);
    expect(refused).toThrow(UsageError);
    expect(refused).not.toThrow(/alice|hunter2/);
  });
});

describe('the usage text', () => {
  test('names every flag', () => {
    for (const { long, short, help } of FLAGS) {
      expect(usage()).toContain(`${short === undefined ? '    ' : `-${short}, `}--${long}`);
      expect(usage().replace(/\s+/g, ' ')).toContain(help);
    }
  });

  test('fits a terminal of 100 columns', () => {
    expect(
      Math.max(
        ...usage()
          .split('\n')
          .map(line => line.length),
      ),
    ).toBeLessThanOrEqual(100);
  });

  test('no flag stands twice', () => {
    const names = FLAGS.flatMap(({ long, short }) => [long, ...(short === undefined ? [] : [short])]);
    expect(new Set(names).size).toBe(names.length);
  });
});

test.each([
  [[], '10.0.0.9', [], '10.0.0.9'],
  [['--relay-address=192.0.2.1'], '10.0.0.9', ['192.0.2.1'], '10.0.0.9'],
  [[], 'no-address', [], undefined],
])('flags %j and STUNNER_ADDR=%s: relayed addresses %j, else %s', (argv, STUNNER_ADDR, relayAddresses, podAddress) => {
  expect(parseOptions(argv, { STUNNER_ADDR })).toMatchObject({ relayAddresses, podAddress });
});

test.each([
  ['--health-endpoint=http://:8086', { health: 'http://:8086' }],
  ['--metrics-endpoint=http://127.0.0.1:8080/metrics', { metrics: 'http://127.0.0.1:8080/metrics' }],
])('%s', (argument, endpoints) => {
  expect(parseOptions([argument], {})).toMatchObject({ endpoints });
  expect(() => parseOptions([`${argument.split('=')[0]}=8086`], {})).toThrow('is not readable (got 8086)');
});

describe('--alternate-server', () => {
  const alternate = (...argv: string[]) => parseOptions(argv, {}, 'host-1').alternateServer;

  test('names a transport address of each family, and the name in the certificate', () => {
    const server = alternate(
      ...['--alternate-server', '203.0.113.7:3478', '--alternate-server=[2001:db8::7]:5349'],
      ...['--alternate-domain', 'turn2.example.com'],
    );
    expect(server?.addresses.map(String)).toEqual(['203.0.113.7:3478', '[2001:db8::7]:5349']);
    expect(server?.domain).toBe('turn2.example.com');
  });

  test('is nowhere by default', () => {
    expect(alternate()).toBeUndefined();
  });

  test.each([
    [['--alternate-server', '203.0.113.7'], 'IP:PORT'],
    [['--alternate-server', '203.0.113.7:0'], 'IP:PORT'],
    [['--alternate-server', '203.0.113.7:65536'], 'IP:PORT'],
    [['--alternate-server', '0.0.0.0:3478'], 'IP:PORT'],
    [['--alternate-server', '2001:db8::7:3478'], '[IPV6]:PORT'],
    [['--alternate-server', '[203.0.113.7]:3478'], '[IPV6]:PORT'],
    [['--alternate-server', 'turn.example.com:3478'], 'IP:PORT'],
    [['--alternate-server', '203.0.113.7:1', '--alternate-server', '203.0.113.8:1'], 'one IPv4 and one IPv6'],
    [['--alternate-domain', 'turn.example.com'], '--alternate-server'],
    [['--alternate-server', '203.0.113.7:1', '--alternate-domain', 'turn_example'], 'not a name'],
  ])('%j is refused', (argv, reason) => {
    expect(() => alternate(...argv)).toThrow(reason);
  });
});
