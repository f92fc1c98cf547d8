import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  GitOpsApp,
  Isolation,
  MediaBackend,
  PodSecurity,
  PortRange,
  Region,
  RegionalStunner,
  Tenant,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';

/** A line of `tenants.json`, which product teams change by pull request. */
interface Entry {
  readonly name: string;
  readonly service: string;
  readonly ports: [first: number, last: number];
  readonly pods: string;
  readonly startsAsRoot?: boolean;
}

const entries = JSON.parse(readFileSync(join(__dirname, 'tenants.json'), 'utf8')) as Entry[];
const app = new GitOpsApp();

const stunner = new RegionalStunner(app, 'stunner', {
  regions: [Region.of('eu-west-1', { hostname: 'eu-west-1.turn.example.com' })],
  realm: 'turn.example.com',
  auth: TurnAuth.derived({ name: 'stunner-auth' }),
  listeners: [TurnListener.udp(3478), TurnListener.tcp(3478)],
  isolation: Isolation.strict({ clusterPrefixes: ['10.0.0.0/8'] }),
});

for (const { name, service, ports, pods, startsAsRoot } of entries) {
  const podSecurity = startsAsRoot ? PodSecurity.BASELINE : PodSecurity.RESTRICTED;
  const tenant = Tenant.of(name, { podSecurity, quota: { pods } });
  stunner.addTenant(tenant);
  const podLabels = { 'app.kubernetes.io/name': service };
  stunner.addRoute(tenant, 'media', {
    backends: [MediaBackend.service(service, { ports: PortRange.of(...ports), podLabels })],
  });
}

app.synth();
