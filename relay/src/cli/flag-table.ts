import type { FlagSpec } from './flags';
import { LIMIT_FLAGS } from './limit-flags';

/** A flag with its place and its line in the usage text. */
export interface DocumentedFlag extends FlagSpec {
  readonly group: 'Configuration' | 'Relay' | 'Limits' | 'Log' | 'Kubernetes' | 'Other';
  /** What stands for the value in the usage text. */
  readonly placeholder?: string;
  readonly help: string;
}

/** The flags of `stunnerd`, and the relay's own. */
export const FLAGS: readonly DocumentedFlag[] = [
  {
    group: 'Configuration',
    long: 'config',
    short: 'c',
    kind: 'value',
    placeholder: 'ORIGIN',
    help: 'discovery service HOST:PORT or http:// URL, file://PATH, or k8s; default $STUNNER_CONFIG_ORIGIN, else :13478',
  },
  {
    group: 'Configuration',
    long: 'manifests',
    kind: 'values',
    placeholder: 'PATH',
    help: 'folder or file of Kubernetes manifests, instead of --config; may be repeated',
  },
  { group: 'Configuration', long: 'watch', short: 'w', kind: 'switch', help: 'follow changes; without it, load once' },
  {
    group: 'Configuration',
    long: 'id',
    short: 'i',
    kind: 'value',
    placeholder: 'NS/NAME',
    help: 'the gateway to serve; default $STUNNER_NAMESPACE/$STUNNER_NAME, else default/stunnerd-HOSTNAME',
  },
  {
    group: 'Configuration',
    long: 'dry-run',
    short: 'd',
    kind: 'switch',
    help: 'check the configuration and open no sockets',
  },
  {
    group: 'Configuration',
    long: 'gateway-api-routes',
    kind: 'switch',
    help: "for --manifests and --config k8s: serve UDPRoute of gateway.networking.k8s.io, too; it opens all ports of its backends, and one of STUNner's with the same name goes before it",
  },
  {
    group: 'Relay',
    long: 'relay-address',
    kind: 'values',
    placeholder: 'IP',
    help: "address that peers see; once for each family; default the listener's, $STUNNER_ADDR, one of this host's own",
  },
  {
    group: 'Relay',
    long: 'relay-ports',
    kind: 'value',
    placeholder: 'MIN-MAX',
    help: 'ports that peers see; default 49152-65535',
  },
  {
    group: 'Relay',
    long: 'nat-discovery',
    kind: 'value',
    placeholder: 'IP,IP,PORT,PORT',
    help: 'answer NAT behaviour discovery (RFC 5780) at two addresses of this host and two ports that no listener uses; default nowhere',
  },
  {
    group: 'Relay',
    long: 'allow-peer',
    kind: 'values',
    placeholder: 'CIDR',
    help: 'let routes reach addresses that are never allowed otherwise, such as 127.0.0.0/8 on a laptop; may be repeated',
  },
  {
    group: 'Relay',
    long: 'udp-thread-num',
    short: 'u',
    kind: 'value',
    placeholder: 'N',
    help: 'threads for UDP; default 0: the relay decides',
  },
  {
    group: 'Relay',
    long: 'udp-moderation',
    kind: 'value',
    placeholder: 'MICROSECONDS',
    help: 'from one look for datagrams to the next while a thread has 20 or more in a millisecond: several gather for each wake-up, for less CPU time; 0 to 1000, default 80, 0 for none',
  },
  {
    group: 'Relay',
    long: 'health-endpoint',
    kind: 'value',
    placeholder: 'URL',
    help: 'where /live, /ready and /status are served for --manifests and --config k8s, such as http://:8086; default nowhere, for k8s there',
  },
  {
    group: 'Relay',
    long: 'metrics-endpoint',
    kind: 'value',
    placeholder: 'URL',
    help: 'where metrics are served for --manifests and --config k8s, such as http://:8080/metrics; default nowhere, for k8s there',
  },
  {
    group: 'Relay',
    long: 'icetest-endpoint',
    kind: 'value',
    placeholder: 'URL',
    help: 'where a page is served that tests the relay from a browser, such as http://127.0.0.1:8089; on this host only (in a pod: kubectl port-forward); default nowhere',
  },
  {
    group: 'Relay',
    long: 'force-ready-status',
    kind: 'switch',
    help: 'taken from stunnerd: here /ready stays 200 while the relay drains, with it and without',
  },
  {
    group: 'Relay',
    long: 'mobility',
    kind: 'switch',
    help: 'let clients keep their allocation when their address changes (RFC 8016)',
  },
  {
    group: 'Relay',
    long: 'alternate-server',
    kind: 'values',
    placeholder: 'IP:PORT',
    help: 'where to send new clients while this relay drains (RFC 8489 10), once for each address family; default nowhere',
  },
  {
    group: 'Relay',
    long: 'alternate-domain',
    kind: 'value',
    placeholder: 'NAME',
    help: "name in that server's certificate; default the same as in this one's",
  },
  ...LIMIT_FLAGS,
  {
    group: 'Log',
    long: 'log',
    short: 'l',
    kind: 'value',
    placeholder: 'LEVELS',
    help: "SCOPE:LEVEL, separated by commas, such as all:INFO,turn:DEBUG; wins over the configuration's",
  },
  { group: 'Log', long: 'log-format', kind: 'value', placeholder: 'FORMAT', help: 'text or json; default text' },
  { group: 'Log', long: 'verbose', short: 'v', kind: 'switch', help: 'the same as --log all:DEBUG' },
  {
    group: 'Kubernetes',
    long: 'kubeconfig',
    kind: 'value',
    placeholder: 'PATH',
    help: "for --config k8s; default the pod's service account, else ~/.kube/config",
  },
  { group: 'Kubernetes', long: 'context', kind: 'value', placeholder: 'NAME', help: 'context of the kubeconfig' },
  {
    group: 'Kubernetes',
    long: 'namespace',
    short: 'n',
    kind: 'value',
    placeholder: 'NAME',
    help: 'look at objects of this namespace only',
  },
  {
    group: 'Kubernetes',
    long: 'cds-server-address',
    kind: 'value',
    placeholder: 'HOST[:PORT]',
    help: 'discovery service to ask instead of the Kubernetes API; default $CDS_SERVER_ADDR',
  },
  {
    group: 'Kubernetes',
    long: 'cds-server-port',
    kind: 'value',
    placeholder: 'PORT',
    help: 'its port; default $CDS_SERVER_PORT, else 13478',
  },
  {
    group: 'Kubernetes',
    long: 'cds-server-namespace',
    kind: 'value',
    placeholder: 'NAME',
    help: 'namespace it runs in; default $CDS_SERVER_NAMESPACE',
  },
  { group: 'Other', long: 'help', short: 'h', kind: 'switch', help: 'show this text' },
  { group: 'Other', long: 'version', kind: 'switch', help: 'show the version' },
];
