import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { apiObject } from '../private/api-object';
import { complaint } from '../private/errors';
import { Kind } from '../private/kubernetes';
import { grantElection, grantReading, grantSecrets, Subject } from '../private/relay-rbac';
import { RelayContext } from '../private/relay-context';
import { relayService, serviceAnnotations } from '../private/relay-service';
import { relayWorkload } from '../private/relay-workload';
import { disruptionBudget } from '../private/disruption-budget';
import { Caution, warn } from '../private/warn';
import { CONFIRMED } from '../private/sync-options';
import { StandaloneDataplaneOptions } from './standalone-options';

/** The pods of a relay without operator: workload, Services, rights, disruption budget and autoscaler. */
export class StandaloneRelay extends Construct {
  public readonly workload: ApiObject;

  private readonly secretsByNamespace = new Map<string, Set<string>>();
  private readonly subject: Subject;

  public constructor(
    scope: Construct,
    id: string,
    private readonly context: RelayContext,
    private readonly options: StandaloneDataplaneOptions,
  ) {
    super(scope, id);
    const { gatewayName: name, namespace } = context;
    this.subject = { name, namespace };
    const kind = options.onEveryNode ? Kind.DaemonSet : Kind.Deployment;
    this.workload = apiObject(this, 'Resource', kind, { name, namespace, spec: () => relayWorkload(context, options) });

    const fields = { automountServiceAccountToken: false };
    apiObject(this, 'ServiceAccount', Kind.ServiceAccount, { name, namespace, fields });
    grantReading(this, this.subject, options.gatewayApiRoutes ?? false);
    grantElection(this, this.subject);
    if (!options.onEveryNode) disruptionBudget(this, name, namespace, () => [name]);
    options.scaling?._render(this, 'Autoscaler', { name, namespace });

    context.followListeners(transport => this.serve(transport));
    context.followSecrets((secret, secretNamespace) => this.mayRead(secret, secretNamespace));
    this.node.addValidation({ validate: () => this.complaints() });
    warn(this, () => this.cautions());
  }

  /** One Service for all listeners, or one for each transport where no load balancer serves both. */
  private serve(transport: string): void {
    const { context, options } = this;
    const { gatewayName, namespace } = context;
    const together = context.profile?.supportsMixedProtocols ?? true;
    const id = together ? 'Service' : `Service-${transport}`;
    if (this.node.tryFindChild(id) !== undefined) return;
    const first = !this.node.children.some(({ node }) => node.id.startsWith('Service-'));
    apiObject(this, id, Kind.Service, {
      name: first ? gatewayName : `${gatewayName}-${transport}`,
      namespace,
      annotations: {
        ...serviceAnnotations({ ...context.annotations(), ...context.dnsAnnotations(transport) }),
        ...CONFIRMED,
      },
      spec: () => relayService(context, options, together ? undefined : transport),
    });
  }

  private mayRead(secret: string, namespace: string): void {
    const known = this.secretsByNamespace.get(namespace) ?? new Set<string>();
    known.add(secret);
    if (this.secretsByNamespace.has(namespace)) return;
    this.secretsByNamespace.set(namespace, known);
    grantSecrets(this, namespace, this.subject, () => [...known].sort());
  }

  /** The ports of a Service are merged by number alone, unless the API server itself does it. */
  private cautions(): Caution[] {
    if (this.context.profile?.supportsMixedProtocols === false) return [];
    const ports = this.context.listeners().map(({ port }) => port);
    const shared = [...new Set(ports.filter((port, i) => ports.indexOf(port) !== i))];
    return shared.map((port): Caution => {
      const allowed = 'server-side apply, or a number for each: a client-side patch confuses the two';
      const fix = 'apply with --server-side, as the applications of ArgoDelivery do';
      return { rule: 'shared-port', message: complaint('UDP and TCP share a port of the Service', port, allowed, fix) };
    });
  }

  private complaints(): string[] {
    const { profile } = this.context;
    const { clientIpAffinity, onEveryNode } = this.options;
    const complaints: string[] = [];
    if (profile?.usesHostNetwork && !onEveryNode) {
      const fix = 'set the option "onEveryNode"';
      complaints.push(complaint('pods of one node would share its ports', 'Deployment', 'a pod per node', fix));
    }
    if (clientIpAffinity && profile?.supportsClientIpAffinity === false) {
      const what = `load balancer "${profile.name}" refuses ClientIP affinity with UDP`;
      complaints.push(complaint(what, 'ClientIP', 'no affinity', 'leave "clientIpAffinity" out'));
    }
    return complaints;
  }
}
