import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import {
  HttpRoute,
  HttpRouteSpecRulesMatchesPathType,
  toJson_HttpRouteSpec,
} from '../../imports/gateway.networking.k8s.io';
import { apiObject } from '../private/api-object';
import { dnsName, label1123 } from '../private/names';
import { signallingPort } from '../private/signalling-port';
import { StunnerGatewayRef } from '../stunner-gateway-ref';
import { MediaServer } from './media-server';

/** Properties of a `SignallingRoute`. */
export interface SignallingRouteProps {
  /** The media server whose signalling is reached. */
  readonly server: MediaServer;

  /** The HTTP Gateway to attach to, of whatever class. */
  readonly parent: StunnerGatewayRef;

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

/** Brings signalling from an HTTP Gateway to a media server: an HTTPRoute without a time limit, for WebSockets last. */
export class SignallingRoute extends Construct {
  /** The HTTPRoute. */
  public readonly httpRoute: ApiObject;

  public constructor(scope: Construct, id: string, props: SignallingRouteProps) {
    super(scope, id);
    const { server, parent, pathPrefix = '/' } = props;
    const port = signallingPort(server, props.port, this);
    const hostname = dnsName('hostname', props.hostname, this);
    this.httpRoute = apiObject(this, 'Resource', HttpRoute.GVK, {
      name: label1123('route name', id, this),
      namespace: server.serverNamespace,
      spec: () =>
        toJson_HttpRouteSpec({
          parentRefs: [
            { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: parent.name, namespace: parent.namespace },
          ],
          hostnames: [hostname],
          rules: [
            {
              matches: [{ path: { type: HttpRouteSpecRulesMatchesPathType.PATH_PREFIX, value: pathPrefix } }],
              timeouts: { request: '0s' },
              backendRefs: [{ group: '', kind: 'Service', name: server.serverName, port, weight: 1 }],
            },
          ],
        }),
    });
  }
}
