import { LoadBalancerProfile } from '../dataplane/load-balancer-profile';
import { TurnListener } from '../turn-listener';
import { ContainerPort } from './container-ports';

/** What whoever runs the relay's pods must know of the Gateway; the functions are asked at synthesis. */
export interface RelayContext {
  readonly gatewayName: string;
  readonly namespace: string;
  readonly profile?: LoadBalancerProfile;
  readonly listeners: () => readonly TurnListener[];
  readonly containerPorts: () => readonly ContainerPort[];
  readonly annotations: () => Readonly<Record<string, string>>;
  /** Name of the Gateway object, and of its Deployment, that serves a transport. */
  readonly gatewayNameOf: (transport: string) => string;
  /** Names of the Gateway objects. */
  readonly gatewayNames: () => string[];
  /** Annotations that tell external-dns the name of a transport. */
  readonly dnsAnnotations: (transport: string) => Readonly<Record<string, string>>;
  /** Tells the transport of every listener, of those to come too. */
  readonly followListeners: (follower: (transport: string) => void) => void;
  /** Tells the Secrets that the relay must read: credentials and certificates, of routes too. */
  readonly followSecrets: (follower: (name: string, namespace: string) => void) => void;
}
