import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { toJson_VirtualServiceSpec, VirtualService } from '../../imports/networking.istio.io';
import { MediaServer } from '../media/media-server';
import { apiObject } from '../private/api-object';
import { serviceHost } from '../private/istio';
import { dnsName, label1123 } from '../private/names';
import { signallingPort } from '../private/signalling-port';
import { StunnerGatewayRef } from '../stunner-gateway-ref';

/** Properties of a `SignallingVirtualService`. */
export interface SignallingVirtualServiceProps {
  /** The media server whose signalling is reached. */
  readonly server: MediaServer;

  /** The Gateway of Istio (`networking.istio.io`, not Gateway API) that lets clients in. */
  readonly gateway: StunnerGatewayRef;

  /** Host name at which clients find the signalling. */
  readonly hostname: string;

  /**
   * Port of the media server.
   *
   * @default - its first port
   */
  readonly port?: number;

  /**
   * Beginning of the paths that are routed.
   *
   * @default "/"
   */
  readonly pathPrefix?: string;
}

/**
 * Brings signalling from a Gateway of Istio to a media server, where Istio's own API is in use; elsewhere prefer `SignallingRoute`,
 * which any HTTP Gateway understands. It has no time limit and no retries, for WebSockets last.
 *
 * A VirtualService can claim hosts of the whole mesh, so a tenant's AppProject does not permit it: give it the platform's chart as
 * its scope. The object is in the namespace of the media server all the same.
 */
export class SignallingVirtualService extends Construct {
  /** The VirtualService. */
  public readonly virtualService: ApiObject;

  public constructor(scope: Construct, id: string, props: SignallingVirtualServiceProps) {
    super(scope, id);
    const { server, gateway, pathPrefix = '/' } = props;
    const port = signallingPort(server, props.port, this);
    const hostname = dnsName('hostname', props.hostname, this);
    this.virtualService = apiObject(this, 'Resource', VirtualService.GVK, {
      name: label1123('route name', id, this),
      namespace: server.serverNamespace,
      spec: () =>
        toJson_VirtualServiceSpec({
          hosts: [hostname],
          gateways: [`${gateway.namespace}/${gateway.name}`],
          http: [
            {
              match: [{ uri: { prefix: pathPrefix } }],
              route: [{ destination: { host: serviceHost(server), port: { number: port } } }],
              // Left out, `timeout` is none; the API refuses to be told so.
              retries: { attempts: 0 },
            },
          ],
        }),
    });
  }
}
