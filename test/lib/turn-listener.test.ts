import { TurnListener } from 'cdk8s-stunner';

const certificate = { name: 'stunner-tls' };

test.each([
  [TurnListener.udp(), 'udp-listener', 'TURN-UDP', 'udp', 3478, 'turn:turn.example.com:3478?transport=udp'],
  [TurnListener.tcp(), 'tcp-listener', 'TURN-TCP', 'tcp', 3478, 'turn:turn.example.com:3478?transport=tcp'],
  [
    TurnListener.tls(5349, { certificate }),
    'tls-listener',
    'TURN-TLS',
    'tcp',
    5349,
    'turns:turn.example.com:5349?transport=tcp',
  ],
  [
    TurnListener.dtls(5349, { certificate }),
    'dtls-listener',
    'TURN-DTLS',
    'udp',
    5349,
    'turns:turn.example.com:5349?transport=udp',
  ],
])(
  'listener %# has the protocol of the Gateway and the URI of RFC 7065',
  (listener, name, protocol, transport, port, uri) => {
    expect(listener).toMatchObject({ name, protocol, transport, port });
    expect(listener.turnUri('turn.example.com')).toBe(uri);
  },
);

test('every option arrives', () => {
  const listener = TurnListener.tls(443, { certificate, name: 'edge', routeNamespaces: ['acme'] });
  expect(listener).toMatchObject({ name: 'edge', port: 443, routeNamespaces: ['acme'], certificate });
});

test.each([53, 80, 443, 1024, 65535])('browsers can use port %d', port => {
  expect(TurnListener.udp(port).port).toBe(port);
});

test.each([0, 22, 1023, 65536, 3478.5])('browsers cannot use port %d', port => {
  const message = `listener port is unusable by browsers (got ${port}): 53, 80, 443 or 1024 to 65535; choose 3478, 5349 or 443`;
  expect(() => TurnListener.udp(port)).toThrow(new Error(message));
});

test.each([
  [
    { name: 'UDP_1' },
    'listener name is not valid (got "UDP_1"): lower-case letters, digits and "-" (RFC 1123 label); try "udp-1"',
  ],
  [
    { name: '-' },
    'listener name is not valid (got "-"): lower-case letters, digits and "-" (RFC 1123 label); rename it',
  ],
  [
    { routeNamespaces: ['Acme'] },
    'route namespace is not valid (got "Acme"): lower-case letters, digits and "-" (RFC 1123 label); try "acme"',
  ],
])('options %j are refused', (options, message) => {
  expect(() => TurnListener.udp(3478, options)).toThrow(new Error(message));
});

test('an overlong name is refused and not cut', () => {
  const name = 'a'.repeat(64);
  expect(() => TurnListener.udp(3478, { name })).toThrow(
    new Error(
      `listener name is too long (got "${name}"): at most 63 characters; choose a shorter name, for names are never cut or hashed`,
    ),
  );
});
