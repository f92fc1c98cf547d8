import { label1123, dnsName } from './private/names';
import { ISecret } from './secret';

/**
 * How clients prove themselves to the TURN server, by reference to a Secret. A credential itself is never written into a
 * manifest.
 */
export class TurnAuth {
  /**
   * Time-limited credentials: the username is `<expiry>:<user>` and the password its HMAC, as a signalling server
   * computes them from a shared secret.
   *
   * @param secret an Opaque Secret with the keys `type: ephemeral` and `secret`, and `previousSecret` while a rotation is under way
   */
  public static ephemeral(secret: ISecret): TurnAuth {
    return new TurnAuth('ephemeral', secret);
  }

  /**
   * One fixed username and password, the long-term credential of RFC 8489 section 9.2. Every client shares it: for
   * laboratories.
   *
   * @param secret an Opaque Secret with the keys `type: static`, `username` and `password`
   */
  public static static(secret: ISecret): TurnAuth {
    return new TurnAuth('static', secret);
  }

  /**
   * Time-limited credentials of each tenant, derived from one master secret: the tenant's key is the base64 of
   * HMAC-SHA256(master, `cdk8s-stunner/tenant/<namespace>`), its usernames are `<expiry>:<namespace>/<user>`, and they reach
   * the routes of that namespace only. A tenant's backend holds its own key and never the master. Only the relay of this
   * project knows them; stunnerd takes the credentials of the master alone.
   *
   * @param secret an Opaque Secret with the keys `type: ephemeral` and `secret`, the master
   */
  public static derived(secret: ISecret): TurnAuth {
    return new TurnAuth('ephemeral', secret, true);
  }

  private constructor(
    /** `ephemeral` or `static` (GatewayConfig `authType`). */
    public readonly type: string,
    /** The Secret with the credential (GatewayConfig `authRef`). */
    public readonly secret: ISecret,
    /** Whether tenants hold keys that are derived from the Secret. */
    public readonly isDerived = false,
  ) {
    dnsName('auth Secret name', secret.name);
    if (secret.namespace !== undefined) label1123('auth Secret namespace', secret.namespace);
  }

  /**
   * Entries of the Secret that are no secret.
   *
   * @internal
   */
  public get _secretKeys(): Readonly<Record<string, string>> {
    return { type: this.type };
  }
}
