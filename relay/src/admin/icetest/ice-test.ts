import { createHmac, randomBytes } from 'node:crypto';
import type { Credential, Scope } from '../../auth/credential';
import { ephemeralPassword } from '../../auth/ephemeral';
import type { ConfigListener } from '../../config/config-source';
import type { ClusterConfig, ListenerConfig, RelayConfig } from '../../config/relay-config';
import type { PortRange } from '../../io/datagram';
import { Endpoint } from '../../net/endpoint';
import { PeerPolicy, type PeerPolicyOptions } from '../../peer/peer-policy';
import type { Offer, OfferedServer } from './offer';
import { certificateName, certificateProblem } from './certificate-problem';

/** Of no object in Kubernetes: names there are lower case. */
const NAMESPACE = 'ICETEST';
const CREDENTIAL = `${NAMESPACE}/page`;
const ROUTE = `${NAMESPACE}/relayed-addresses`;
const SCOPE: Scope = { kind: 'route', credential: CREDENTIAL };
const USER = 'icetest';
/** Of the credential; a test takes less. */
const LIFETIME_SECONDS = 600;

export interface IceTestOptions {
  /** Where relayed addresses of a listener are. */
  readonly relayedAddresses: (listener: ListenerConfig) => readonly string[];
  readonly relayPorts: PortRange;
  /** How the relay decides about peers. */
  readonly peerPolicy: (config: RelayConfig) => PeerPolicyOptions;
  /** Longest lifetime of a time-limited user name. @default no limit */
  readonly credentialSeconds?: number;
}

/**
 * What a browser needs for a test of the relay: a short-lived credential, and a route that opens relayed addresses of this
 * relay to each other. That credential reaches nothing else, and no other credential reaches that route.
 */
export class IceTest {
  private config: RelayConfig | undefined;
  private readonly ownSecret = randomBytes(32).toString('base64');

  constructor(private readonly options: IceTestOptions) {}

  /** Adds the test to every configuration on its way. */
  into(next: ConfigListener): ConfigListener {
    return {
      config: (config, warnings) => {
        this.config = this.withTest(config);
        next.config(this.config, warnings);
      },
      problems: problems => next.problems(problems),
    };
  }

  /** What the page is to try; undefined while there is no configuration. @param now Unix milliseconds */
  offer(now: number): Offer | undefined {
    const { config } = this;
    if (config === undefined) return undefined;
    const { credentialSeconds = 0 } = this.options;
    const lifetime = Math.min(LIFETIME_SECONDS, credentialSeconds || LIFETIME_SECONDS);
    const username = `${Math.floor(now / 1000) + lifetime}:${USER}`;
    return {
      servers: config.listeners.map(listener => this.server(listener, config, new Date(now))),
      username,
      credential: ephemeralPassword(this.secretsFor(config.credentials)[0], username),
    };
  }

  private withTest(config: RelayConfig): RelayConfig {
    const secrets = this.secretsFor(config.credentials);
    return {
      ...config,
      credentials: [...config.credentials, { type: 'ephemeral', scope: SCOPE, secrets }],
      listeners: config.listeners.map(listener => ({ ...listener, routes: [...listener.routes, ROUTE] })),
      clusters: [...config.clusters, this.route(config.listeners)],
    };
  }

  private route(listeners: readonly ListenerConfig[]): ClusterConfig {
    const { min, max } = this.options.relayPorts;
    const prefixes = new Set(listeners.flatMap(listener => this.options.relayedAddresses(listener)));
    return {
      name: ROUTE,
      namespace: NAMESPACE,
      credential: CREDENTIAL,
      protocol: 'udp',
      peers: [...prefixes].map(prefix => ({ prefix, minPort: min, maxPort: max })),
    };
  }

  /**
   * The current secret first. Behind a load balancer any replica may answer, so that replicas which share secrets share
   * these. They are made of what no client knows; where there is nothing of the kind, each relay has its own.
   */
  private secretsFor(credentials: readonly Credential[]): readonly [string, ...string[]] {
    const [first, ...others] = credentials
      .flatMap(credential => {
        if (credential.type === 'derived') return credential.masters;
        return credential.type === 'ephemeral' && credential.scope.kind === 'gateway' ? credential.secrets : [];
      })
      .filter(secret => secret !== '')
      .map(secret => createHmac('sha256', secret).update(CREDENTIAL).digest('base64'));
    return first === undefined ? [this.ownSecret] : [first, ...others];
  }

  private server(listener: ListenerConfig, config: RelayConfig, now: Date): OfferedServer {
    const { name, transport, port, publicPort, certificate } = listener;
    const secure = transport === 'tls' || transport === 'dtls';
    const [relayed = '127.0.0.1'] = this.options.relayedAddresses(listener);
    const named = secure ? certificateName(certificate?.cert) : undefined;
    const host = named ?? listener.publicAddress ?? relayed;
    const protocol = transport === 'udp' || transport === 'dtls' ? 'udp' : 'tcp';
    const authority = `${host.includes(':') ? `[${host}]` : host}:${publicPort ?? port}`;
    return {
      listener: name,
      uri: `${secure ? 'turns' : 'turn'}:${authority}?transport=${protocol}`,
      transport,
      ...(secure && { certificate: certificateProblem(certificate?.cert, host, now) }),
      loopback: this.loopback(listener, config, relayed),
    };
  }

  private loopback(listener: ListenerConfig, config: RelayConfig, relayed: string): OfferedServer['loopback'] {
    const policy = PeerPolicy.compile(listener, config.clusters, this.options.peerPolicy(config));
    const decision = policy.authorizePeer(SCOPE, Endpoint.of(relayed));
    return decision.allowed ? { allowed: true } : { allowed: false, detail: `${decision.reason}: ${decision.detail}` };
  }
}
