import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import {
  Gateway,
  GatewayClass,
  toJson_GatewayClassSpec,
  toJson_GatewaySpec,
} from '../imports/gateway.networking.k8s.io';
import { GatewayConfig, toJson_GatewayConfigSpec } from '../imports/stunner.l7mp.io';
import { Dataplane } from './dataplane/dataplane';
import { IceServer } from './ice-server';
import { apiObject } from './private/api-object';
import { complaint, reject } from './private/errors';
import { MIXED_PROTOCOL_ANNOTATION } from './private/gateway-annotations';
import { gatewayComplaints } from './private/gateway-rules';
import { listenerSpec } from './private/listener-spec';
import { checkLogLevel } from './private/log-level';
import { dnsName, label1035, label1123 } from './private/names';
import { referenceGrant } from './private/reference-grant';
import { ReferencedGateway } from './private/referenced-gateway';
import { IStunnerGateway, StunnerGatewayRef } from './stunner-gateway-ref';
import { StunnerGatewayOptions } from './stunner-gateway-options';
import { TurnListener } from './turn-listener';

const GATEWAY_API = 'gateway.networking.k8s.io';
const STUNNER_API = 'stunner.l7mp.io';
/** external-dns changed its prefix in 0.22; each release reads one of the two. */
const HOSTNAME_ANNOTATIONS = ['external-dns.alpha.kubernetes.io/hostname', 'external-dns.kubernetes.io/hostname'];

/** Properties of a `StunnerGateway`. */
export interface StunnerGatewayProps extends StunnerGatewayOptions {
  /**
   * Name of the Gateway and of its Service and Deployment. RFC 1035 label. A renamed Gateway loses its public IP address.
   *
   * @default - the id of the construct
   */
  readonly name?: string;

  /**
   * Namespace of Gateway and GatewayConfig.
   *
   * @default - the namespace of the chart
   */
  readonly namespace?: string;

  /**
   * Name of the cluster-scoped GatewayClass. RFC 1123 label.
   *
   * @default - the name of the Gateway followed by `-class`
   */
  readonly gatewayClassName?: string;

  /**
   * Name of the GatewayConfig. RFC 1123 label.
   *
   * @default - the name of the Gateway followed by `-config`
   */
  readonly gatewayConfigName?: string;

  /**
   * DNS name at which clients reach the Gateway; written into the TURN URIs, and onto the load balancer for external-dns.
   *
   * @default - none, and `turnUris()` is not available
   */
  readonly hostname?: string;

  /**
   * Static address to ask of the load balancer, or the known one where there is none (Gateway `spec.addresses[0]`).
   *
   * @default - assigned by the cloud
   */
  readonly address?: string;

  /**
   * Namespaces whose routes may attach (Gateway `listeners[].allowedRoutes`), matched by the label
   * `kubernetes.io/metadata.name`, which the API server sets and no tenant can forge.
   *
   * @default - the namespace of the Gateway only
   */
  readonly routeNamespaces?: string[];
}

/** A TURN server on Kubernetes: GatewayClass, GatewayConfig, Dataplane and Gateway. */
export class StunnerGateway extends Construct implements IStunnerGateway {
  /**
   * A Gateway that is rendered elsewhere, for routes to attach to.
   *
   * @param scope parent construct
   * @param id construct id
   * @param ref name and namespace of the Gateway
   */
  public static fromGatewayRef(scope: Construct, id: string, ref: StunnerGatewayRef): IStunnerGateway {
    return new ReferencedGateway(scope, id, ref);
  }

  /** Name of the Gateway. */
  public readonly gatewayName: string;
  /** Namespace of Gateway and GatewayConfig. */
  public readonly gatewayNamespace: string;
  /** DNS name at which clients reach the Gateway. */
  public readonly hostname?: string;
  /** The GatewayClass. */
  public readonly gatewayClass: ApiObject;
  /** The GatewayConfig. */
  public readonly gatewayConfig: ApiObject;
  /** The Dataplane; undefined if it is rendered elsewhere. */
  public readonly dataplane?: ApiObject;

  private readonly gateway: ApiObject;
  private readonly turnListeners: TurnListener[] = [];
  private readonly admitted = new Set<string>();

  public constructor(scope: Construct, id: string, props: StunnerGatewayProps) {
    super(scope, id);
    this.gatewayName = label1035('Gateway name', props.name ?? id, this);
    this.gatewayNamespace = this.namespaceFrom(props.namespace);
    if (props.hostname !== undefined) this.hostname = dnsName('hostname', props.hostname, this);
    dnsName('realm', props.realm, this);
    checkLogLevel(props.logLevel, this);

    const dataplane = props.dataplane ?? Dataplane.operator();
    const className = label1123('GatewayClass name', props.gatewayClassName ?? `${this.gatewayName}-class`, this);
    const configName = label1123('GatewayConfig name', props.gatewayConfigName ?? `${this.gatewayName}-config`, this);

    this.gateway = this.renderGateway(className, props);
    this.gatewayClass = this.renderClass(className, configName, dataplane);
    this.gatewayConfig = this.renderConfig(configName, dataplane, props);
    this.dataplane = dataplane._render(this, this.gatewayName);

    props.routeNamespaces?.forEach(namespace => this.admitRoutesFrom(namespace));
    props.listeners?.forEach(listener => this.addListener(listener));
    this.node.addValidation({ validate: () => gatewayComplaints(this.turnListeners, this.annotations()) });
  }

  /** The listeners, in the order of the Gateway. */
  public get listeners(): TurnListener[] {
    return [...this.turnListeners];
  }

  /**
   * Adds a port on which the Gateway speaks TURN.
   *
   * @param listener transport, port and certificate
   */
  public addListener(listener: TurnListener): void {
    this.turnListeners.push(listener);
    const transports = new Set(this.turnListeners.map(({ transport }) => transport));
    if (transports.size > 1 && this.annotations()[MIXED_PROTOCOL_ANNOTATION] === undefined) {
      this.gateway.metadata.addAnnotation(MIXED_PROTOCOL_ANNOTATION, 'true');
    }
    this.grantCertificate(listener);
  }

  /**
   * Lets the routes of a namespace attach to the listeners that do not choose for themselves.
   *
   * @param namespace namespace of the routes
   */
  public admitRoutesFrom(namespace: string): void {
    this.admitted.add(label1123('route namespace', namespace, this));
  }

  public hasListener(listener: string): boolean {
    return this.turnListeners.some(({ name }) => name === listener);
  }

  public admitsRoutesFrom(namespace: string, listener?: string): boolean {
    return this.turnListeners
      .filter(({ name }) => listener === undefined || name === listener)
      .some(candidate => this.admittedTo(candidate).includes(namespace));
  }

  /** The TURN URIs of all listeners (RFC 7065), in their order. Needs a `hostname`. */
  public turnUris(): string[] {
    const { hostname } = this;
    if (hostname === undefined) {
      reject(complaint('no TURN URIs without a hostname', hostname, 'a DNS name', 'set the prop "hostname"'), this);
    }
    return this.turnListeners.map(listener => listener.turnUri(hostname));
  }

  /** What a browser's `RTCConfiguration.iceServers` needs, without the credential. Needs a `hostname`. */
  public iceServers(): IceServer[] {
    return [{ urls: this.turnUris() }];
  }

  private namespaceFrom(given: string | undefined): string {
    const namespace = given ?? Chart.of(this).namespace;
    if (namespace !== undefined) return label1123('Gateway namespace', namespace, this);
    const fix = 'set the prop "namespace", or that of the chart';
    return reject(complaint('Gateway has no namespace', namespace, 'a namespace of its own', fix), this);
  }

  private renderGateway(className: string, props: StunnerGatewayProps): ApiObject {
    const { hostname } = this;
    const forDns = hostname === undefined ? [] : HOSTNAME_ANNOTATIONS.map(key => [key, hostname] as const);
    return apiObject(this, 'Resource', Gateway.GVK, {
      name: this.gatewayName,
      namespace: this.gatewayNamespace,
      annotations: { ...Object.fromEntries(forDns), ...props.annotations },
      spec: () =>
        toJson_GatewaySpec({
          gatewayClassName: className,
          listeners: this.turnListeners.map(listener =>
            listenerSpec(listener, this.admittedTo(listener), this.gatewayNamespace),
          ),
          addresses: addressesOf(props.address),
        }),
    });
  }

  private renderClass(name: string, configName: string, dataplane: Dataplane): ApiObject {
    const parametersRef = {
      group: STUNNER_API,
      kind: GatewayConfig.GVK.kind,
      name: configName,
      namespace: this.gatewayNamespace,
    };
    return apiObject(this, 'GatewayClass', GatewayClass.GVK, {
      name,
      spec: () => toJson_GatewayClassSpec({ controllerName: dataplane._controllerName, parametersRef }),
    });
  }

  private renderConfig(name: string, dataplane: Dataplane, props: StunnerGatewayProps): ApiObject {
    const { type, secret } = props.auth;
    const secretNamespace = secret.namespace ?? this.gatewayNamespace;
    if (secretNamespace !== this.gatewayNamespace) {
      this.grantSecrets('AuthGrant', STUNNER_API, GatewayConfig.GVK.kind, name, secretNamespace, () => [secret.name]);
    }
    return apiObject(this, 'GatewayConfig', GatewayConfig.GVK, {
      name,
      namespace: this.gatewayNamespace,
      spec: () =>
        toJson_GatewayConfigSpec({
          realm: props.realm,
          authType: type,
          authRef: { group: '', kind: 'Secret', name: secret.name, namespace: secretNamespace },
          dataplane: dataplane._nameFor(this.gatewayName),
          logLevel: props.logLevel ?? 'all:INFO',
        }),
    });
  }

  private annotations(): Readonly<Record<string, string>> {
    const metadata = this.gateway.metadata.toJson() as { annotations?: Record<string, string> };
    return metadata.annotations ?? {};
  }

  private grantCertificate({ certificate }: TurnListener): void {
    const namespace = certificate?.namespace ?? this.gatewayNamespace;
    const id = `CertificateGrant-${namespace}`;
    if (namespace === this.gatewayNamespace || this.node.tryFindChild(id) !== undefined) return;
    this.grantSecrets(id, GATEWAY_API, Gateway.GVK.kind, this.gatewayName, namespace, () => {
      const certificates = this.turnListeners.flatMap(listener => listener.certificate ?? []);
      return certificates.filter(secret => secret.namespace === namespace).map(({ name }) => name);
    });
  }

  private grantSecrets(
    id: string,
    group: string,
    kind: string,
    name: string,
    toNamespace: string,
    secrets: () => string[],
  ): void {
    const to = () => [...new Set(secrets())].sort().map(secret => ({ group: '', kind: 'Secret', name: secret }));
    referenceGrant(this, id, { group, kind, namespace: this.gatewayNamespace, name, toNamespace, to });
  }

  private admittedTo(listener: TurnListener): string[] {
    const namespaces = listener.routeNamespaces ?? [...this.admitted];
    return namespaces.length > 0 ? [...new Set(namespaces)].sort() : [this.gatewayNamespace];
  }
}

function addressesOf(address: string | undefined): { type: string; value: string }[] | undefined {
  if (address === undefined) return undefined;
  return [{ type: /^[\d.]+$|:/.test(address) ? 'IPAddress' : 'Hostname', value: address }];
}
