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
   * @param secret an Opaque Secret with the keys `type: ephemeral` and `secret`
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

  private constructor(
    /** `ephemeral` or `static` (GatewayConfig `authType`). */
    public readonly type: string,
    /** The Secret with the credential (GatewayConfig `authRef`). */
    public readonly secret: ISecret,
  ) {
    dnsName('auth Secret name', secret.name);
    if (secret.namespace !== undefined) label1123('auth Secret namespace', secret.namespace);
  }
}
