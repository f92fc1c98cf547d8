import { ApiObject, ApiObjectProps, Chart } from 'cdk8s';
import {
  GitOpsApp,
  MediaBackend,
  PortRange,
  Region,
  RegionalStunner,
  Tenant,
  TurnAuth,
  TurnListener,
} from 'cdk8s-stunner';

/** What a synthesis took: CPU time of this process, so that its neighbours do not count. */
export interface Cost {
  readonly objects: number;
  readonly milliseconds: number;
}

/** Makes an app. */
type Build = () => GitOpsApp;

/** Every tenant in every region, each with a namespace of its own, its policies and a route, and the whole of it judged. */
export function regionalStunner(tenantCount: number, regionCount: number): Build {
  return () => {
    const app = new GitOpsApp({ validate: true });
    const numbered = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
    const tenants = numbered('tenant', tenantCount).map(name => Tenant.of(name));
    const stunner = new RegionalStunner(app, 'stunner', {
      regions: numbered('region', regionCount).map(name => Region.of(name, { hostname: `${name}.example.com` })),
      tenants,
      realm: 'turn.example.com',
      auth: TurnAuth.derived({ name: 'stunner-auth' }),
      listeners: [TurnListener.udp(), TurnListener.tcp()],
    });
    for (const tenant of tenants) {
      stunner.addRoute(tenant, 'sfu', {
        backends: [MediaBackend.service('sfu', { ports: PortRange.of(20000, 40000) })],
      });
    }
    return app;
  };
}

/** The same objects, in the same folders, as bare ApiObjects: what cdk8s and the renderer cost by themselves. */
export function bareObjects(of: Build): Build {
  const byFolder = new Map<string, ApiObjectProps[]>();
  const source = of();
  const objects = source.node.findAll().filter(construct => ApiObject.isApiObject(construct));
  for (const object of objects) {
    const folder = object.chart.node.path.split('/').slice(1).join('/');
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), object.toJson() as ApiObjectProps]);
  }
  return () => {
    const app = new GitOpsApp();
    for (const [folder, contents] of byFolder) {
      const chart = new Chart(app, folder.replace('/', '-'));
      GitOpsApp.placeIn(chart, folder);
      contents.forEach((content, index) => new ApiObject(chart, String(index), content));
    }
    return app;
  };
}

/** Builds an app and renders it. What the disk costs is left out, for it is the same for all, and would hide a difference. */
export function cost(build: Build): Cost {
  const before = process.cpuUsage();
  const files = build().render();
  const { user, system } = process.cpuUsage(before);
  return { objects: files.length, milliseconds: (user + system) / 1000 };
}

/** The one in the middle; rounds are few and odd. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
