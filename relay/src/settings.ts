import { createHash, createHmac, randomBytes } from 'node:crypto';
import { Authenticator } from './auth/authenticator';
import type { Credential } from './auth/credential';
import type { RelayConfig } from './config/relay-config';
import { PeerPolicy, type PeerPolicyOptions } from './peer/peer-policy';
import { NonceIssuer } from './stun/nonce';
import { DEFAULT_LIMITS, type Limits } from './turn/limits';
import type { AlternateServer } from './turn/redirect';
import type { ListenerSettings, ServerSettings } from './turn/settings';

/** What the operator decides for the core, whatever the configuration. */
export interface CoreOptions {
  /** Each in place of the configuration's, and of the default. */
  readonly limits?: Partial<Limits>;
  /** @see ServerSettings.mobility */
  readonly mobility?: boolean;
  /** @see ServerSettings.alternateServer */
  readonly alternateServer?: AlternateServer;
}

export interface SettingsOptions extends PeerPolicyOptions, CoreOptions {
  /** Families that clients of a listener can have relayed addresses in. */
  readonly relayFamilies: (listener: string) => readonly (4 | 6)[];
  /** @see ServerSettings.dontFragment */
  readonly dontFragment?: boolean;
  /** The settings so far, whose parts serve again where nothing has changed. */
  readonly before?: ServerSettings;
}

/** What the TURN core needs of a configuration. @throws RangeError naming the cluster if a peer range is not valid. */
export function serverSettings(config: RelayConfig, options: SettingsOptions): ServerSettings {
  const { before } = options;
  const listeners = config.listeners.map((listener): [string, ListenerSettings] => [
    listener.name,
    {
      transport: listener.transport,
      port: listener.port,
      policy: PeerPolicy.compile(listener, config.clusters, options, before?.listeners.get(listener.name)?.policy),
      relayFamilies: options.relayFamilies(listener.name),
    },
  ]);
  const limits = { ...DEFAULT_LIMITS, ...userQuota(config), ...options.limits };
  return {
    realm: config.realm,
    authenticator: new Authenticator(config.realm, config.credentials, {
      longestCredentialSeconds: limits.credentialSeconds || Infinity,
    }),
    nonces: new NonceIssuer(nonceKey(config.credentials)),
    listeners: new Map(listeners),
    limits,
    channelRange: 'rfc5766',
    dontFragment: options.dontFragment,
    mobility: options.mobility,
    alternateServer: options.alternateServer,
  };
}

/** A quota that the configuration sets holds for every user; 0 stands for none, as if it were not there. */
function userQuota({ userQuota }: RelayConfig): Partial<Limits> {
  return userQuota === undefined || userQuota === 0
    ? {}
    : { allocationsPerStaticUser: userQuota, allocationsPerEphemeralUser: userQuota };
}

/**
 * Replicas that share credentials share the key of their nonces, so a client that a load balancer moves is not asked
 * again. Without credentials nobody gets past a challenge, and any key will do.
 */
function nonceKey(credentials: readonly Credential[]): Uint8Array {
  if (credentials.length === 0) return randomBytes(32);
  const secrets = createHash('sha256').update(JSON.stringify(credentials)).digest();
  return createHmac('sha256', secrets).update('nonce').digest();
}
