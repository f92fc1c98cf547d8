import { Chart, Testing } from 'cdk8s';
import { Secret } from 'cdk8s-plus-28';
import { TurnAuth } from 'cdk8s-stunner';

test('the type is the authType of GatewayConfig', () => {
  expect(TurnAuth.ephemeral({ name: 'a' }).type).toBe('ephemeral');
  expect(TurnAuth.static({ name: 'a' }).type).toBe('static');
});

test('a Secret of cdk8s-plus is a reference as it is', () => {
  const chart = new Chart(Testing.app(), 'chart');
  const secret = new Secret(chart, 'secret', { metadata: { name: 'stunner-auth' } });
  expect(TurnAuth.ephemeral(secret).secret.name).toBe('stunner-auth');
  expect(TurnAuth.static(Secret.fromSecretName(chart, 'imported', 'lab')).secret.name).toBe('lab');
});

test.each([
  [{ name: '' }, 'auth Secret name is not valid (got ""): lower-case DNS labels joined by "."; rename it'],
  [
    { name: 'a', namespace: 'B' },
    'auth Secret namespace is not valid (got "B"): lower-case letters, digits and "-" (RFC 1123 label); try "b"',
  ],
])('reference %j is refused', (secret, message) => {
  expect(() => TurnAuth.ephemeral(secret)).toThrow(new Error(message));
});
