import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import {
  DestinationRule,
  Sidecar,
  toJson_DestinationRuleSpec,
  toJson_SidecarSpec,
} from '../../imports/networking.istio.io';
import {
  AuthorizationPolicy,
  AuthorizationPolicySpecAction,
  PeerAuthentication,
  PeerAuthenticationSpecMtlsMode,
  PeerAuthenticationSpecPortLevelMtlsMode,
  toJson_AuthorizationPolicySpec,
  toJson_PeerAuthenticationSpec,
} from '../../imports/security.istio.io';
import { Telemetry, toJson_TelemetrySpec } from '../../imports/telemetry.istio.io';
import { apiObject } from './api-object';

/** What the proxies of Istio speak to, and between themselves. */
export const ISTIO_NAMESPACE = 'istio-system';
export const CONTROL_PLANE_PORT = 15012;
export const HBONE_PORT = 15008;
/** The address from which a node's probes reach a pod in ambient mode. */
export const AMBIENT_PROBES = '169.254.7.127';
/** Ports that the mesh itself uses in a pod. */
export const MESH_PORTS = { first: 15000, last: 15099 };

/** The pods that an object of the mesh is about, selected, for without a selector it is about the namespace. */
export interface Workload {
  readonly serverName: string;
  readonly serverNamespace: string;
  readonly podSelector: Readonly<Record<string, string>>;
}

const at = ({ serverName: name, serverNamespace: namespace }: Workload) => ({ name, namespace });
const selecting = ({ podSelector }: Workload) => ({ matchLabels: { ...podSelector } });

/** Mutual TLS everywhere but at the ports that take plain text too. */
export function peerAuthentication(scope: Construct, workload: Workload, plaintextPorts: readonly number[]): ApiObject {
  const permissive = { mode: PeerAuthenticationSpecPortLevelMtlsMode.PERMISSIVE };
  const ports = [...new Set(plaintextPorts)].map(port => [String(port), permissive] as const);
  return apiObject(scope, 'Resource', PeerAuthentication.GVK, {
    ...at(workload),
    spec: () =>
      toJson_PeerAuthenticationSpec({
        selector: selecting(workload),
        mtls: { mode: PeerAuthenticationSpecMtlsMode.STRICT },
        portLevelMtls: ports.length > 0 ? Object.fromEntries(ports) : undefined,
      }),
  });
}

/** Who may use some TCP ports. Ports and identities only, which ztunnel enforces as well as a sidecar does. */
export function authorizationPolicy(
  scope: Construct,
  workload: Workload,
  ports: readonly number[],
  from: { readonly principals: string[]; readonly namespaces: string[] },
): ApiObject {
  const sources = [
    ...(from.principals.length > 0 ? [{ source: { principals: from.principals } }] : []),
    ...(from.namespaces.length > 0 ? [{ source: { namespaces: from.namespaces } }] : []),
  ];
  return apiObject(scope, 'AuthorizationPolicy', AuthorizationPolicy.GVK, {
    ...at(workload),
    spec: () =>
      toJson_AuthorizationPolicySpec({
        selector: selecting(workload),
        action: AuthorizationPolicySpecAction.ALLOW,
        rules: sources.length > 0 ? [{ from: sources, to: [{ operation: { ports: ports.map(String) } }] }] : undefined,
      }),
  });
}

/** All requests of a region to that region: `failover` would only order the others. */
export function regionPin(scope: Construct, workload: Workload, region: string): ApiObject {
  const here = `${region}/*`;
  return apiObject(scope, 'DestinationRule', DestinationRule.GVK, {
    ...at(workload),
    spec: () =>
      toJson_DestinationRuleSpec({
        host: serviceHost(workload),
        trafficPolicy: {
          loadBalancer: { localityLbSetting: { enabled: true, distribute: [{ from: here, to: { [here]: 100 } }] } },
          // Without it, Istio passes over the locality settings.
          outlierDetection: { consecutive5XxErrors: 5, interval: '10s', baseEjectionTime: '30s' },
        },
      }),
  });
}

/** What of the mesh the sidecar is told, instead of everything. */
export function sidecar(scope: Construct, workload: Workload, hosts: readonly string[]): ApiObject {
  return apiObject(scope, 'Sidecar', Sidecar.GVK, {
    ...at(workload),
    spec: () =>
      toJson_SidecarSpec({
        workloadSelector: { labels: { ...workload.podSelector } },
        egress: [{ hosts: [...hosts] }],
      }),
  });
}

/** No access log: one WebSocket is one line, written when it is long over. */
export function silentTelemetry(scope: Construct, workload: Workload): ApiObject {
  return apiObject(scope, 'Telemetry', Telemetry.GVK, {
    ...at(workload),
    spec: () => toJson_TelemetrySpec({ selector: selecting(workload), accessLogging: [{ disabled: true }] }),
  });
}

/** DNS name of the workload's Service. */
export function serviceHost({ serverName, serverNamespace }: Workload): string {
  return `${serverName}.${serverNamespace}.svc.cluster.local`;
}
