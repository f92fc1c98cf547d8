import { Endpoint } from '../../../relay/src/net/endpoint';
import { OwnAddresses, portsOf } from '../../../relay/src/peer/own-addresses';

const own = new OwnAddresses(
  [
    { name: 'listener acme/edge/udp', address: 'any-local', port: 3478 },
    { name: 'the metrics server', address: Endpoint.of('0.0.0.0'), port: 8080 },
    { name: 'the Kubernetes API server', address: Endpoint.of('10.96.0.1'), port: 443 },
    { name: 'the operator', address: Endpoint.of('10.96.0.7') },
  ],
  [Endpoint.of('10.244.1.5'), Endpoint.of('fd12::5')],
);

test.each([
  { rule: 'any-local is each local address', peer: '10.244.1.5', ports: '3478, 8080' },
  { rule: 'in both families', peer: 'fd12::5', ports: '3478, 8080' },
  { rule: 'in IPv4-mapped form', peer: '::ffff:10.244.1.5', ports: '3478, 8080' },
  { rule: 'in IPv6-embedded form', peer: '64:ff9b::10.244.1.5', ports: '3478, 8080' },
  { rule: 'a named address has its own ports', peer: '10.96.0.1', ports: '443' },
  { rule: 'in IPv6-embedded form', peer: '2002:a60:1::1', ports: '443' },
  { rule: 'an entry without port closes them all', peer: '10.96.0.7', ports: '1-65535' },
  { rule: 'other addresses have none', peer: '10.244.1.6', ports: 'none' },
])('$rule: $peer has $ports', ({ peer, ports }) => {
  expect(portsOf(own.at(Endpoint.of(peer, 9999))).toString()).toBe(ports);
});

test('any-local is nothing as long as no local address is known', () => {
  const blind = new OwnAddresses([{ name: 'listener', address: 'any-local', port: 3478 }]);
  expect(blind.at(Endpoint.of('10.244.1.5'))).toEqual([]);
});
