import { ApiObject, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { Dataplane } from './dataplane/dataplane';
import { LoadBalancerProfile } from './dataplane/load-balancer-profile';
import { IceServer } from './ice-server';
import { RelayMesh } from './mesh/relay-mesh';
import { Admission } from './private/admission';
import { follow } from './private/attachments';
import { ContainerPort, containerPorts } from './private/container-ports';
import { RELAY_CONTROLLER } from './private/contract';
import { complaint, reject } from './private/errors';
import { externalDns } from './private/external-dns';
import { MIXED_PROTOCOL_ANNOTATION } from './private/gateway-annotations';
import { gatewayClass } from './private/gateway-class';
import { gatewayConfig } from './private/gateway-config';
import { GatewayNames } from './private/gateway-names';
import { gatewayObject } from './private/gateway-object';
import { gatewayComplaints } from './private/gateway-rules';
import { bringCertificate, bringCredential, SecretReader } from './private/gateway-secrets';
import { gatewayCautions } from './private/gateway-cautions';
import { listenerSpec } from './private/listener-spec';
import { checkLogLevel } from './private/log-level';
import { dnsName, label1035, label1123 } from './private/names';
import { portAnnotations } from './private/port-maps';
import { profileComplaints } from './private/profile-rules';
import { ReferencedGateway } from './private/referenced-gateway';
import { RelayContext } from './private/relay-context';
import { warn } from './private/warn';
import { StunnerGatewayProps } from './stunner-gateway-props';
import { IStunnerGateway, StunnerGatewayRef } from './stunner-gateway-ref';
import { TurnListener } from './turn-listener';

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

  private readonly gateways: ApiObject[] = [];
  private readonly props: StunnerGatewayProps;
  private readonly relay: Dataplane;
  private readonly className: string;
  private readonly names: GatewayNames;
  private readonly admission: Admission;
  private readonly secretReader: SecretReader;
  private readonly turnListeners: TurnListener[] = [];
  private readonly listenerFollowers: ((listener: TurnListener) => void)[] = [];

  public constructor(scope: Construct, id: string, props: StunnerGatewayProps) {
    super(scope, id);
    this.props = props;
    this.relay = props.dataplane ?? Dataplane.operator();
    this.gatewayName = label1035('Gateway name', props.name ?? id, this);
    this.gatewayNamespace = this.namespaceFrom(props.namespace);
    if (props.hostname !== undefined) this.hostname = dnsName('hostname', props.hostname, this);
    props.certificateNames?.forEach(name => dnsName('certificate name', name, this));
    this.loadBalancer = props.loadBalancer;
    dnsName('realm', props.realm, this);
    checkLogLevel(props.logLevel, this);
    this.names = new GatewayNames(this.gatewayName, this.hostname, this._isStandalone);
    this.admission = new Admission(this.gatewayNamespace);

    const { gatewayName, gatewayNamespace: namespace } = this;
    const { _controllerName: controllerName } = this.relay;
    this.className = label1123('GatewayClass name', props.gatewayClassName ?? `${gatewayName}-class`, this);
    const configName = label1123('GatewayConfig name', props.gatewayConfigName ?? `${gatewayName}-config`, this);
    this.secretReader = { gatewayName, configName, namespace };

    this.renderGateway('Resource');
    const config = { name: configName, namespace };
    this.gatewayClass = gatewayClass(this, { name: this.className, controllerName, config });
    bringCredential(this, this.secretReader, props.auth);
    this.gatewayConfig = gatewayConfig(this, { ...props, ...config, dataplane: this.relay._nameFor(gatewayName) });
    this.dataplane = this.relay._render(this, this.relayContext());

    props.routeNamespaces?.forEach(admitted => this.admitRoutesFrom(admitted));
    props.listeners?.forEach(listener => this.addListener(listener));
    this.node.addValidation({ validate: () => this.complaints() });
    warn(this, () => gatewayCautions(this, props, this.annotations()));
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
    this.annotate(portAnnotations([listener], this.annotations()));
    const dnsNames = () => [...this.names.hostnames(), ...(this.props.certificateNames ?? [])];
    bringCertificate(this, this.secretReader, listener, () => this.turnListeners, dnsNames);
    this.listenerFollowers.forEach(follower => follower(listener));
  }

  /**
   * Lets the routes of a namespace attach to the listeners that do not choose for themselves.
   *
   * @param namespace namespace of the routes
   */
  public admitRoutesFrom(namespace: string): void {
    this.admission.add(label1123('route namespace', namespace, this));
  }

  /** Namespaces whose routes some listener admits, sorted. */
  public get routeNamespaces(): string[] {
    const namespaces = this.turnListeners.flatMap(listener => this.admission.to(listener));
    return [...new Set([...namespaces, ...this.admission.namespaces])].sort();
  }

  public hasListener(listener: string): boolean {
    return this.turnListeners.some(({ name }) => name === listener);
  }

  public admitsRoutesFrom(namespace: string, listener?: string): boolean {
    return this.turnListeners
      .filter(({ name }) => listener === undefined || name === listener)
      .some(candidate => this.admission.admits(candidate, namespace));
  }

  public gatewayNames(listener?: string): string[] {
    const served = this.turnListeners.filter(({ name }) => listener === undefined || name === listener);
    const names = new Set(served.map(({ transport }) => this.names.of(transport)));
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
    return this.turnListeners.map(listener => listener.turnUri(this.names.hostname(listener.transport)!));
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
    return this.relay._controllerName === RELAY_CONTROLLER;
  }

  /**
   * Whether the relay's pods are in a service mesh.
   *
   * @internal
   */
  public get _mesh(): RelayMesh {
    return this.relay._mesh;
  }

  private namespaceFrom(given: string | undefined): string {
    const namespace = given ?? Chart.of(this).namespace;
    if (namespace !== undefined) return label1123('Gateway namespace', namespace, this);
    const fix = 'set the prop "namespace", or that of the chart';
    return reject(complaint('Gateway has no namespace', namespace, 'a namespace of its own', fix), this);
  }

  private renderGateway(id: string, transport?: string): void {
    const { names, props } = this;
    const gateway = gatewayObject(this, id, {
      name: label1035('Gateway name', names.of(transport), this),
      namespace: this.gatewayNamespace,
      className: this.className,
      hostname: names.hostname(transport),
      address: transport === undefined ? props.address : undefined,
      annotations: { ...this.loadBalancer?.annotations, ...props.annotations },
      listeners: () =>
        this.turnListeners
          .filter(listener => names.of(listener.transport) === names.of(transport))
          .map(listener => listenerSpec(listener, this.admission.to(listener), this.gatewayNamespace)),
    });
    this.gateways.push(gateway);
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
      gatewayNameOf: transport => this.names.of(transport),
      gatewayNames: () => this.gatewayNames(),
      dnsAnnotations: transport => externalDns({ hostname: this.names.hostname(transport) }),
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
    const metadata = this.gateways[0]!.metadata.toJson() as { annotations?: Record<string, string> };
    return metadata.annotations ?? {};
  }

  private annotate(annotations: Readonly<Record<string, string>>): void {
    for (const { metadata } of this.gateways) {
      for (const [key, value] of Object.entries(annotations)) metadata.addAnnotation(key, value);
    }
  }

  private serveBoth(second: string): void {
    if (this.loadBalancer?.supportsMixedProtocols === false) {
      if (this.names.isSplit) return;
      this.names.split(second);
      if (!this._isStandalone) this.renderGateway(`Gateway-${second}`, second);
      this.annotate(portAnnotations(this.turnListeners, this.annotations()));
    } else if (!this._isStandalone && this.annotations()[MIXED_PROTOCOL_ANNOTATION] === undefined) {
      this.annotate({ [MIXED_PROTOCOL_ANNOTATION]: 'true' });
    }
  }

  private complaints(): string[] {
    const annotations = this.annotations();
    const isSplit = this.names.isSplit || this._isStandalone;
    return [
      ...gatewayComplaints(this.turnListeners, annotations, isSplit),
      ...profileComplaints(this.loadBalancer, this.turnListeners, annotations),
      ...this._mesh._complaints(this._containerPorts()),
    ];
  }
}
