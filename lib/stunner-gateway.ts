import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { Gateway, GatewayClass, toJson_GatewayClassSpec } from '../imports/gateway.networking.k8s.io';
import { GatewayConfig } from '../imports/stunner.l7mp.io';
import { Dataplane } from './dataplane/dataplane';
import { LoadBalancerProfile } from './dataplane/load-balancer-profile';
import { IceServer } from './ice-server';
import { apiObject } from './private/api-object';
import { follow } from './private/attachments';
import { ContainerPort, containerPorts } from './private/container-ports';
import { RELAY_CONTROLLER } from './private/contract';
import { complaint, reject } from './private/errors';
import { MIXED_PROTOCOL_ANNOTATION } from './private/gateway-annotations';
import { gatewayConfig } from './private/gateway-config';
import { dnsAnnotations, gatewayObject } from './private/gateway-object';
import { gatewayComplaints } from './private/gateway-rules';
import { listenerSpec } from './private/listener-spec';
import { checkLogLevel } from './private/log-level';
import { dnsName, label1035, label1123 } from './private/names';
import { profileComplaints } from './private/profile-rules';
import { referenceGrant } from './private/reference-grant';
import { ReferencedGateway } from './private/referenced-gateway';
import { RelayContext } from './private/relay-context';
import { renderSecret } from './private/render-secret';
import { StunnerGatewayProps } from './stunner-gateway-props';
import { IStunnerGateway, StunnerGatewayRef } from './stunner-gateway-ref';
import { TurnListener } from './turn-listener';

const GATEWAY_API = 'gateway.networking.k8s.io';
const STUNNER_API = 'stunner.l7mp.io';

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
  /** How clients get to the relay from outside the cluster; undefined leaves it to the annotations. */
  public readonly loadBalancer?: LoadBalancerProfile;
  /** The GatewayClass. */
  public readonly gatewayClass: ApiObject;
  /** The GatewayConfig. */
  public readonly gatewayConfig: ApiObject;
  /** The Dataplane; undefined if it is rendered elsewhere, or no operator runs the relay. */
  public readonly dataplane?: ApiObject;

  private readonly gateway: ApiObject;
  private readonly props: StunnerGatewayProps;
  private readonly className: string;
  private readonly turnListeners: TurnListener[] = [];
  private readonly listenerFollowers: ((listener: TurnListener) => void)[] = [];
  private readonly admitted = new Set<string>();
  /** The transport whose listeners have a Gateway of their own, because no load balancer serves both. */
  private splitOff?: string;

  public constructor(scope: Construct, id: string, props: StunnerGatewayProps) {
    super(scope, id);
    this.props = props;
    this.gatewayName = label1035('Gateway name', props.name ?? id, this);
    this.gatewayNamespace = this.namespaceFrom(props.namespace);
    if (props.hostname !== undefined) this.hostname = dnsName('hostname', props.hostname, this);
    this.loadBalancer = props.loadBalancer;
    dnsName('realm', props.realm, this);
    checkLogLevel(props.logLevel, this);

    const dataplane = props.dataplane ?? Dataplane.operator();
    this.className = label1123('GatewayClass name', props.gatewayClassName ?? `${this.gatewayName}-class`, this);
    const configName = label1123('GatewayConfig name', props.gatewayConfigName ?? `${this.gatewayName}-config`, this);

    this.gateway = this.renderGateway('Resource');
    this.gatewayClass = this.renderClass(configName, dataplane);
    this.gatewayConfig = this.renderConfig(configName, dataplane);
    this.dataplane = dataplane._render(this, this.relayContext());

    props.routeNamespaces?.forEach(namespace => this.admitRoutesFrom(namespace));
    props.listeners?.forEach(listener => this.addListener(listener));
    this.node.addValidation({ validate: () => this.complaints() });
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
    if (new Set(this.turnListeners.map(({ transport }) => transport)).size > 1) this.serveBoth(listener.transport);
    this.bringCertificate(listener);
    this.listenerFollowers.forEach(follower => follower(listener));
  }

  /**
   * Lets the routes of a namespace attach to the listeners that do not choose for themselves.
   *
   * @param namespace namespace of the routes
   */
  public admitRoutesFrom(namespace: string): void {
    this.admitted.add(label1123('route namespace', namespace, this));
  }

  /** Namespaces whose routes some listener admits, sorted. */
  public get routeNamespaces(): string[] {
    const namespaces = this.turnListeners.flatMap(listener => this.admittedTo(listener));
    return [...new Set([...namespaces, ...this.admitted])].sort();
  }

  public hasListener(listener: string): boolean {
    return this.turnListeners.some(({ name }) => name === listener);
  }

  public admitsRoutesFrom(namespace: string, listener?: string): boolean {
    return this.turnListeners
      .filter(({ name }) => listener === undefined || name === listener)
      .some(candidate => this.admittedTo(candidate).includes(namespace));
  }

  public gatewayNames(listener?: string): string[] {
    const served = this.turnListeners.filter(({ name }) => listener === undefined || name === listener);
    const names = new Set(served.map(({ transport }) => this.nameOf(transport)));
    return names.size === 0 ? [this.gatewayName] : [...names].sort();
  }

  /**
   * The TURN URIs of all listeners (RFC 7065), in their order. Needs a `hostname`; where a transport has a load balancer of
   * its own, its name is the hostname led by `udp.` or `tcp.`.
   */
  public turnUris(): string[] {
    if (this.hostname === undefined) {
      reject(complaint('no TURN URIs without a hostname', undefined, 'a DNS name', 'set the prop "hostname"'), this);
    }
    return this.turnListeners.map(listener => listener.turnUri(this.hostnameOf(listener.transport)!));
  }

  /** What a browser's `RTCConfiguration.iceServers` needs, without the credential. Needs a `hostname`. */
  public iceServers(): IceServer[] {
    return [{ urls: this.turnUris() }];
  }

  /**
   * The ports that the relay's pods listen on.
   *
   * @internal
   */
  public _containerPorts(): ContainerPort[] {
    return containerPorts(this.turnListeners, this.annotations());
  }

  /**
   * Whether the relay reads the API itself, without an operator.
   *
   * @internal
   */
  public get _isStandalone(): boolean {
    return this.props.dataplane?._controllerName === RELAY_CONTROLLER;
  }

  private namespaceFrom(given: string | undefined): string {
    const namespace = given ?? Chart.of(this).namespace;
    if (namespace !== undefined) return label1123('Gateway namespace', namespace, this);
    const fix = 'set the prop "namespace", or that of the chart';
    return reject(complaint('Gateway has no namespace', namespace, 'a namespace of its own', fix), this);
  }

  private nameOf(transport?: string): string {
    // Without an operator one Gateway has a Service for each transport.
    const apart = transport !== undefined && transport === this.splitOff && !this._isStandalone;
    return apart ? `${this.gatewayName}-${transport}` : this.gatewayName;
  }

  private hostnameOf(transport?: string): string | undefined {
    const { hostname } = this;
    return transport !== undefined && transport === this.splitOff && hostname ? `${transport}.${hostname}` : hostname;
  }

  private renderGateway(id: string, transport?: string): ApiObject {
    return gatewayObject(this, id, {
      name: label1035('Gateway name', this.nameOf(transport), this),
      namespace: this.gatewayNamespace,
      className: this.className,
      hostname: this.hostnameOf(transport),
      address: transport === undefined ? this.props.address : undefined,
      annotations: { ...this.loadBalancer?.annotations, ...this.props.annotations },
      listeners: () =>
        this.turnListeners
          .filter(listener => this.nameOf(listener.transport) === this.nameOf(transport))
          .map(listener => listenerSpec(listener, this.admittedTo(listener), this.gatewayNamespace)),
    });
  }

  private renderClass(configName: string, dataplane: Dataplane): ApiObject {
    const parametersRef = {
      group: STUNNER_API,
      kind: GatewayConfig.GVK.kind,
      name: configName,
      namespace: this.gatewayNamespace,
    };
    return apiObject(this, 'GatewayClass', GatewayClass.GVK, {
      name: this.className,
      spec: () => toJson_GatewayClassSpec({ controllerName: dataplane._controllerName, parametersRef }),
    });
  }

  private renderConfig(name: string, dataplane: Dataplane): ApiObject {
    const { auth, realm, logLevel } = this.props;
    const { name: secret, namespace = this.gatewayNamespace } = auth.secret;
    if (namespace !== this.gatewayNamespace) {
      this.grantSecrets('AuthGrant', STUNNER_API, GatewayConfig.GVK.kind, name, namespace, () => [secret]);
    }
    renderSecret(this, 'AuthSecret', auth.secret, { namespace: this.gatewayNamespace, keys: auth._secretKeys });
    return gatewayConfig(this, {
      name,
      namespace: this.gatewayNamespace,
      realm,
      auth,
      dataplane: dataplane._nameFor(this.gatewayName),
      logLevel,
    });
  }

  private relayContext(): RelayContext {
    const { gatewayNamespace: own } = this;
    return {
      gatewayName: this.gatewayName,
      namespace: own,
      profile: this.loadBalancer,
      listeners: () => this.listeners,
      containerPorts: () => this._containerPorts(),
      annotations: () => this.annotations(),
      gatewayNames: () => this.gatewayNames(),
      dnsAnnotations: transport => dnsAnnotations(this.hostnameOf(transport)),
      followListeners: follower => this.listenerFollowers.push(({ transport }) => follower(transport)),
      followSecrets: follower => {
        const { name, namespace = own } = this.props.auth.secret;
        follower(name, namespace);
        this.listenerFollowers.push(({ certificate }) => {
          if (certificate !== undefined) follower(certificate.name, certificate.namespace ?? own);
        });
        follow(this, ({ secret, routeNamespace }) => {
          if (secret !== undefined) follower(secret, routeNamespace);
        });
      },
    };
  }

  private annotations(): Readonly<Record<string, string>> {
    const metadata = this.gateway.metadata.toJson() as { annotations?: Record<string, string> };
    return metadata.annotations ?? {};
  }

  private serveBoth(second: string): void {
    if (this.loadBalancer?.supportsMixedProtocols === false) {
      if (this.splitOff !== undefined) return;
      this.splitOff = second;
      if (!this._isStandalone) this.renderGateway(`Gateway-${second}`, second);
    } else if (!this._isStandalone && this.annotations()[MIXED_PROTOCOL_ANNOTATION] === undefined) {
      this.gateway.metadata.addAnnotation(MIXED_PROTOCOL_ANNOTATION, 'true');
    }
  }

  private bringCertificate({ certificate }: TurnListener): void {
    if (certificate === undefined) return;
    const namespace = certificate.namespace ?? this.gatewayNamespace;
    renderSecret(this, `Certificate-${certificate.name}`, certificate, {
      namespace: this.gatewayNamespace,
      dnsNames: () => this.certifiedNames(),
    });
    const id = `CertificateGrant-${namespace}`;
    if (namespace === this.gatewayNamespace || this.node.tryFindChild(id) !== undefined) return;
    this.grantSecrets(id, GATEWAY_API, Gateway.GVK.kind, this.gatewayName, namespace, () => {
      const certificates = this.turnListeners.flatMap(listener => listener.certificate ?? []);
      return certificates.filter(secret => secret.namespace === namespace).map(({ name }) => name);
    });
  }

  private certifiedNames(): string[] {
    const names = [undefined, this.splitOff].map(transport => this.hostnameOf(transport));
    return [...new Set(names.filter(name => name !== undefined))];
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

  private complaints(): string[] {
    const annotations = this.annotations();
    const split = this.splitOff !== undefined || this._isStandalone;
    return [
      ...gatewayComplaints(this.turnListeners, annotations, split),
      ...profileComplaints(this.loadBalancer, this.turnListeners, annotations),
    ];
  }
}
