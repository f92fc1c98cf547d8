import { Duration } from 'cdk8s';
import { Construct } from 'constructs';
import { PodSecurity } from '../isolation/pod-security';
import { PortRange } from '../port-range';
import { ISecret } from '../secret';
import { EnvVariable } from './env-variable';
import { MediaServer } from './media-server';
import { MediaServerOptions } from './media-server-options';

const DRAIN = [
  'curl -sf -H "Content-Type: application/json" -d \'{"graceful-shutdown":"true"}\' http://127.0.0.1:8080/colibri/shutdown',
  'while curl -sf http://127.0.0.1:8080/about/version > /dev/null; do sleep 5; done',
  '',
].join('\n');

/** Properties of a `JitsiVideobridge`. */
export interface JitsiVideobridgeProps extends MediaServerOptions {
  /** Container image, one of the project's own such as `ghcr.io/jitsi/jvb:stable-10314`. */
  readonly image: string;

  /** Host name of Prosody, to which the bridge connects (`XMPP_SERVER`). */
  readonly xmppServer: string;

  /** Secret of the same namespace whose entry `password` lets the bridge into Prosody (`JVB_AUTH_PASSWORD`). */
  readonly xmppPassword: ISecret;

  /**
   * The one UDP port for media (`JVB_PORT`).
   *
   * @default 10000
   */
  readonly mediaPort?: number;

  /**
   * Region of the bridge, by which Jicofo prefers it to others (`JVB_OCTO_REGION`).
   *
   * @default - none
   */
  readonly region?: string;
}

/**
 * Jitsi Videobridge: one UDP port for media, health and drain at 8080. It offers the pod's address and asks no STUN server.
 *
 * The image starts as root, so the namespace must let pods off to the Pod Security Standard "baseline". Clients must be told to
 * use TURN for the bridge (`config.useTurnUdp = true`), or they use it over TCP alone.
 */
export class JitsiVideobridge extends MediaServer {
  public constructor(scope: Construct, id: string, props: JitsiVideobridgeProps) {
    const { mediaPort = 10000, xmppServer, xmppPassword, region } = props;
    const variables: Record<string, string> = {
      COLIBRI_REST_ENABLED: 'true',
      JVB_ADVERTISE_PRIVATE_CANDIDATES: 'true',
      JVB_DISABLE_STUN: '1',
      JVB_PORT: `${mediaPort}`,
      JVB_REQUIRE_VALID_ADDRESS: '0',
      SHUTDOWN_REST_ENABLED: 'true',
      XMPP_SERVER: xmppServer,
      ...(region !== undefined && { JVB_OCTO_REGION: region }),
    };
    super(scope, id, {
      ...props,
      rtpPorts: PortRange.single(mediaPort),
      podSecurity: PodSecurity.BASELINE,
      gracePeriod: props.gracePeriod ?? Duration.hours(6),
      ports: [{ name: 'http', port: 8080, appProtocol: 'http' }],
      healthPath: '/about/health',
      drainCommand: ['sh', '-c', DRAIN],
      env: [
        ...Object.entries(variables).map(([name, value]) => EnvVariable.of(name, value)),
        EnvVariable.fromSecret('JVB_AUTH_PASSWORD', xmppPassword, 'password'),
        ...(props.env ?? []),
      ],
    });
  }
}
