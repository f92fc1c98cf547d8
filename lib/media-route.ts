import { Chart } from 'cdk8s';
import { Construct } from 'constructs';
import {
  StaticService,
  toJson_StaticServiceSpec,
  toJson_UdpRouteSpec,
  UdpRoute,
  UdpRouteSpecParentRefs,
  UdpRouteSpecRulesBackendRefs,
} from '../imports/stunner.l7mp.io';
import { MediaBackend } from './media-backend';
import { apiObject } from './private/api-object';
import { attach, Claim, claim, disputed } from './private/attachments';
import { AUTH_REF_ANNOTATION } from './private/contract';
import { complaint, reject } from './private/errors';
import { Kind } from './private/kubernetes';
import { label1123 } from './private/names';
import { referenceGrant } from './private/reference-grant';
import { renderSecret } from './private/render-secret';
import { routeCautions } from './private/route-cautions';
import { warn } from './private/warn';
import { IStunnerGateway } from './stunner-gateway-ref';
import { TurnAuth } from './turn-auth';

const STUNNER_API = 'stunner.l7mp.io';
const GATEWAY_API = 'gateway.networking.k8s.io';
const MAX_BACKENDS = 16;
const MAX_PARENTS = 32;

/** What a route is told beyond its Gateway and namespace. */
export interface MediaRouteOptions {
  /**
   * Media servers that clients may reach (UDPRoute `spec.rules[0].backendRefs`), 1 to 16. Put the most reliable one first:
   * the operator passes over those behind a Service that does not exist.
   *
   * @default - none; add at least one with `addBackend`
   */
  readonly backends?: MediaBackend[];

  /**
   * Names of the listeners to attach to (UDPRoute `spec.parentRefs[].sectionName`).
   *
   * @default - every listener that admits the namespace
   */
  readonly listeners?: string[];

  /**
   * A credential of this route's own, whose Secret lies in the route's namespace: it reaches this route, and the Gateway's
   * credential does not. Only the relay of this project knows it; stunnerd opens the route to the Gateway's credential.
   *
   * @default - the Gateway's credential
   */
  readonly auth?: TurnAuth;
}

/** Properties of a `MediaRoute`. */
export interface MediaRouteProps extends MediaRouteOptions {
  /** The Gateway whose clients may reach the backends (UDPRoute `spec.parentRefs`). */
  readonly gateway: IStunnerGateway;

  /**
   * Name of the UDPRoute. RFC 1123 label.
   *
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * Namespace of the UDPRoute, which some listener of the Gateway must admit.
   *
   * @default - the namespace of the chart
   */
  readonly namespace?: string;
}

/** Lets clients of a Gateway exchange media with backends: a UDPRoute of STUNner, and the StaticServices it names. */
export class MediaRoute extends Construct {
  /** Name of the UDPRoute. */
  public readonly routeName: string;
  /** Namespace of the UDPRoute. */
  public readonly routeNamespace: string;
  /** The Gateway that the route attaches to. */
  public readonly gateway: IStunnerGateway;

  private readonly secret?: string;
  private readonly listeners?: string[];
  private readonly mediaBackends: MediaBackend[] = [];
  private readonly claims: { readonly peers: string; readonly claimed: Claim }[] = [];

  public constructor(scope: Construct, id: string, props: MediaRouteProps) {
    super(scope, id);
    this.gateway = props.gateway;
    this.routeName = label1123('route name', props.name ?? id, this);
    this.routeNamespace = this.namespaceFrom(props.namespace);
    this.secret = props.auth?.secret.name;
    this.listeners = props.listeners === undefined ? undefined : [...new Set(props.listeners)];

    apiObject(this, 'Resource', UdpRoute.GVK, {
      name: this.routeName,
      namespace: this.routeNamespace,
      annotations: this.authAnnotations(props.auth),
      spec: () =>
        toJson_UdpRouteSpec({
          parentRefs: this.parentRefs(),
          rules: [{ backendRefs: this.mediaBackends.flatMap(backend => this.backendRefs(backend)) }],
        }),
    });
    props.backends?.forEach(backend => this.addBackend(backend));
    this.node.addValidation({ validate: () => this.complaints() });
    warn(this, () => routeCautions(this.routeName, this.mediaBackends, props.auth));
  }

  /** The backends, in the order of the UDPRoute. */
  public get backends(): MediaBackend[] {
    return [...this.mediaBackends];
  }

  /**
   * Opens one more backend to clients.
   *
   * @param backend Service or static prefixes
   */
  public addBackend(backend: MediaBackend): void {
    if (backend.isStatic) this.renderStaticService(backend);
    if (backend._selector !== undefined) this.renderService(backend, backend._selector);
    if (backend.namespace !== undefined && backend.namespace !== this.routeNamespace) this.grant(backend.namespace);
    this.mediaBackends.push(backend);
    const { routeNamespace, routeName } = this;
    attach(this.gateway, { route: this, routeNamespace, routeName, backend, secret: this.secret });

    const route = `${this.routeNamespace}/${this.routeName}`;
    const claimed = { route, ports: backend.ports.toString(), listeners: this.listeners };
    for (const peers of this.peersOf(backend)) {
      claim(this.gateway, peers, claimed);
      this.claims.push({ peers, claimed });
    }
  }

  private namespaceFrom(given: string | undefined): string {
    const namespace = given ?? Chart.of(this).namespace;
    if (namespace !== undefined) return label1123('route namespace', namespace, this);
    const fix = 'set the prop "namespace", or that of the chart';
    return reject(complaint('route has no namespace', namespace, 'the namespace of a tenant', fix), this);
  }

  private authAnnotations(auth: TurnAuth | undefined): Record<string, string> {
    if (auth === undefined) return {};
    const { name, namespace } = auth.secret;
    if (auth.isDerived) {
      const allowed = 'a static or ephemeral credential: derived ones come from the Gateway and need no Secret here';
      reject(complaint('route cannot have a derived credential', name, allowed, 'leave "auth" out'), this);
    }
    renderSecret(this, 'AuthSecret', auth.secret, { namespace: this.routeNamespace, keys: auth._secretKeys });
    if (namespace !== undefined && namespace !== this.routeNamespace) {
      const fix = 'leave the namespace of the Secret out';
      reject(
        complaint('auth Secret is out of reach', namespace, `the route's namespace "${this.routeNamespace}"`, fix),
        this,
      );
    }
    return { [AUTH_REF_ANNOTATION]: name };
  }

  private parentRefs(): UdpRouteSpecParentRefs[] {
    const parents = (sectionName?: string) =>
      this.gateway.gatewayNames(sectionName).map(name => {
        return { group: GATEWAY_API, kind: 'Gateway', name, namespace: this.gateway.gatewayNamespace, sectionName };
      });
    return this.listeners?.flatMap(parents) ?? parents();
  }

  private backendRefs(backend: MediaBackend): UdpRouteSpecRulesBackendRefs[] {
    const { ports } = backend;
    const range = ports.isAny ? {} : { port: ports.first, endPort: ports.last };
    const kind = backend.isStatic
      ? { group: STUNNER_API, kind: StaticService.GVK.kind }
      : { group: '', kind: 'Service' };
    return backend._names(this.routeName).map(name => {
      return { ...kind, name, namespace: this.namespaceOf(backend), ...range };
    });
  }

  /** A Service needs a port, and may have no range: what clients reach is the route's to say. */
  private renderService(backend: MediaBackend, selector: Readonly<Record<string, string>>): void {
    const name = this.nameOf(backend);
    const port = backend.ports.first;
    apiObject(this, `Service-${name}`, Kind.Service, {
      name,
      namespace: this.namespaceOf(backend),
      spec: () => ({
        type: 'ClusterIP',
        selector,
        ports: [{ name: 'media', port, targetPort: port, protocol: 'UDP' }],
      }),
    });
  }

  private renderStaticService(backend: MediaBackend): void {
    const name = this.nameOf(backend);
    const id = `StaticService-${name}`;
    if (this.node.tryFindChild(id) !== undefined) {
      const fix = 'set the option "name" of each static backend';
      reject(complaint('two static backends have one name', name, 'a name of its own for each', fix), this);
    }
    apiObject(this, id, StaticService.GVK, {
      name,
      namespace: this.routeNamespace,
      spec: () => toJson_StaticServiceSpec({ prefixes: backend.prefixes }),
    });
  }

  private grant(toNamespace: string): void {
    const id = `BackendGrant-${toNamespace}`;
    if (this.node.tryFindChild(id) !== undefined) return;
    const foreign = () => this.mediaBackends.filter(({ namespace }) => namespace === toNamespace);
    const names = () => [...new Set(foreign().flatMap(backend => backend._names(this.routeName)))].sort();
    referenceGrant(this, id, {
      group: STUNNER_API,
      kind: UdpRoute.GVK.kind,
      namespace: this.routeNamespace,
      name: this.routeName,
      toNamespace,
      to: () => names().map(name => ({ group: '', kind: 'Service', name })),
    });
  }

  private nameOf(backend: MediaBackend): string {
    return backend.name ?? this.routeName;
  }

  private namespaceOf(backend: MediaBackend): string {
    return backend.namespace ?? this.routeNamespace;
  }

  private peersOf(backend: MediaBackend): string[] {
    return backend.isStatic ? backend.prefixes : [`Service ${this.namespaceOf(backend)}/${this.nameOf(backend)}`];
  }

  private complaints(): string[] {
    return [...this.countComplaints(), ...this.listenerComplaints(), ...this.portComplaints()];
  }

  private countComplaints(): string[] {
    const count = this.mediaBackends.length;
    const parents = this.listeners?.length ?? 1;
    const complaints: string[] = [];
    if (count < 1 || count > MAX_BACKENDS) {
      const fix = count === 0 ? 'call addBackend' : 'split the route';
      complaints.push(complaint('number of backends is out of range', count, `1 to ${MAX_BACKENDS}`, fix));
    }
    if (parents < 1 || parents > MAX_PARENTS) {
      const fix = 'leave "listeners" out to attach to every listener';
      complaints.push(complaint('number of listeners is out of range', parents, `1 to ${MAX_PARENTS}`, fix));
    }
    return complaints;
  }

  private listenerComplaints(): string[] {
    const { gatewayName } = this.gateway;
    const unknown = (this.listeners ?? []).filter(listener => !this.gateway.hasListener(listener));
    if (unknown.length > 0) {
      const allowed = `a listener of the Gateway "${gatewayName}"`;
      return unknown.map(listener => complaint('no such listener', listener, allowed, 'correct "listeners"'));
    }
    const asked = this.listeners ?? [undefined];
    if (asked.every(listener => this.gateway.admitsRoutesFrom(this.routeNamespace, listener))) return [];
    const allowed = `a namespace that the listeners of the Gateway "${gatewayName}" admit`;
    const fix = `call admitRoutesFrom("${this.routeNamespace}") on the gateway`;
    return [complaint('route namespace is not admitted', this.routeNamespace, allowed, fix)];
  }

  private portComplaints(): string[] {
    return this.claims.flatMap(({ peers, claimed }) => {
      const other = disputed(this.gateway, peers, claimed);
      if (other === undefined) return [];
      const allowed = `${other.ports}, as the route ${other.route} opens it: only one range per peer takes effect`;
      return [complaint(`ports of ${peers} are in dispute`, claimed.ports, allowed, 'use one route with one range')];
    });
  }
}
