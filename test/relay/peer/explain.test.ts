import { Endpoint } from '../../../relay/src/net/endpoint';
import { explain } from '../../../relay/src/peer/explain';
import { cluster, peersOf, policyOf } from './policies';

describe('explain', () => {
  const policy = policyOf([cluster('acme/janus', peersOf('10.0.0.1 20000-40000'))]);
  test.each([
    {
      peer: Endpoint.of('10.0.0.1'),
      said: 'udp peer 10.0.0.1 for tenant acme: allowed by acme/janus, ports 20000-40000',
    },
    {
      peer: Endpoint.of('10.0.0.1', 22),
      said:
        'udp peer 10.0.0.1:22 for tenant acme: denied, port-not-routed: ' +
        '10.0.0.1:22 has a port that no route opens; open are acme/janus ports 20000-40000',
    },
    {
      peer: Endpoint.of('127.0.0.1'),
      said: 'udp peer 127.0.0.1 for tenant acme: denied, never-allowed-range: 127.0.0.1 is loopback; no route may open it',
    },
  ])('$peer', ({ peer, said }) => {
    expect(explain(policy, { kind: 'tenant', namespace: 'acme' }, peer)).toBe(said);
  });
});
