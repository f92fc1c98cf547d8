import { createHash, createHmac, randomBytes } from 'node:crypto';
import { Authenticator } from './auth/authenticator';
import type { Credential } from './auth/credential';
import type { RelayConfig } from './config/relay-config';
import { PeerPolicy, type PeerPolicyOptions } from './peer/peer-policy';
import { NonceIssuer } from './stun/nonce';
import { DEFAULT_LIMITS, type ListenerSettings, type ServerSettings } from './turn/settings';

export interface SettingsOptions extends PeerPolicyOptions {
  /** Families that clients of a listener can have relayed addresses in. */
  readonly relayFamilies: (listener: string) => readonly (4 | 6)[];
}

/** What the TURN core needs of a configuration. @throws RangeError naming the cluster if a peer range is not valid. */
export function serverSettings(config: RelayConfig, options: SettingsOptions): ServerSettings {
  const listeners = config.listeners.map((listener): [string, ListenerSettings] => [
    listener.name,
    {
      policy: PeerPolicy.compile(listener, config.clusters, options),
      relayFamilies: options.relayFamilies(listener.name),
    },
  ]);
  return {
    realm: config.realm,
    authenticator: new Authenticator(config.realm, config.credentials),
    nonces: new NonceIssuer(nonceKey(config.credentials)),
    listeners: new Map(listeners),
    limits: DEFAULT_LIMITS,
    channelRange: 'rfc5766',
  };
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
