import { complaint, reject } from './private/errors';
import { dnsName, label1123 } from './private/names';
import { ISecret } from './secret';

const TURN_PORT = 3478;
/** Below 1024, browsers send TURN to these ports only. */
const LOW_PORTS = [53, 80, 443];

/** What a listener may be told beyond its transport and port. */
export interface TurnListenerOptions {
  /**
   * Name, unique within the Gateway; becomes the Service port's name (Gateway `listeners[].name`). RFC 1123 label.
   *
   * @default - `udp-listener`, `tcp-listener`, `tls-listener` or `dtls-listener`
   */
  readonly name?: string;

  /**
   * Namespaces whose routes may attach to this listener (Gateway `listeners[].allowedRoutes`).
   *
   * @default - those that the Gateway admits
   */
  readonly routeNamespaces?: string[];

  /**
   * Port of the relay's pods (annotation `stunner.l7mp.io/targetport`), 1 to 65535. Clients know nothing of it: it lets two
   * listeners be where one would not do, or a pod do without a port below 1024.
   *
   * @default - the port that clients connect to
   */
  readonly targetPort?: number;

  /**
   * Port of every node (annotation `stunner.l7mp.io/nodeport`), 30000 to 32767.
   *
   * @default - chosen by Kubernetes, where nodes have a port at all
   */
  readonly nodePort?: number;
}

/** Options of a listener that terminates TLS or DTLS. */
export interface SecureTurnListenerOptions extends TurnListenerOptions {
  /**
   * The `kubernetes.io/tls` Secret with certificate and key (Gateway `listeners[].tls.certificateRefs`). It belongs in
   * the Gateway's namespace.
   */
  readonly certificate: ISecret;
}

/** A port on which the Gateway speaks TURN: transport, port and, where encrypted, certificate. */
export class TurnListener {
  /**
   * TURN over UDP, the transport that media wants (Gateway protocol `TURN-UDP`).
   *
   * @param port 53, 80, 443 or 1024 to 65535; 3478 if left out (RFC 8656 section 3)
   * @param options name and admitted namespaces
   */
  public static udp(port: number = TURN_PORT, options: TurnListenerOptions = {}): TurnListener {
    return new TurnListener('udp', 'udp', port, options);
  }

  /**
   * TURN over TCP, for clients whose network blocks UDP (Gateway protocol `TURN-TCP`).
   *
   * @param port 53, 80, 443 or 1024 to 65535; 3478 if left out (RFC 8656 section 3)
   * @param options name and admitted namespaces
   */
  public static tcp(port: number = TURN_PORT, options: TurnListenerOptions = {}): TurnListener {
    return new TurnListener('tcp', 'tcp', port, options);
  }

  /**
   * TURN over TLS over TCP (Gateway protocol `TURN-TLS`).
   *
   * @param port 53, 80, 443 or 1024 to 65535; 5349 is the registered one (RFC 8656 section 3)
   * @param options certificate, name and admitted namespaces
   */
  public static tls(port: number, options: SecureTurnListenerOptions): TurnListener {
    return new TurnListener('tls', 'tcp', port, options, options.certificate);
  }

  /**
   * TURN over DTLS over UDP (Gateway protocol `TURN-DTLS`). No browser speaks it; native clients do.
   *
   * @param port 53, 80, 443 or 1024 to 65535; 5349 is the registered one (RFC 8656 section 3)
   * @param options certificate, name and admitted namespaces
   */
  public static dtls(port: number, options: SecureTurnListenerOptions): TurnListener {
    return new TurnListener('dtls', 'udp', port, options, options.certificate);
  }

  /** Name of the listener (Gateway `listeners[].name`). */
  public readonly name: string;
  /** Gateway `listeners[].protocol`: `TURN-UDP`, `TURN-TCP`, `TURN-TLS` or `TURN-DTLS`. */
  public readonly protocol: string;
  /** Namespaces whose routes this listener admits; undefined leaves it to the Gateway. */
  public readonly routeNamespaces?: string[];
  /** Port of the relay's pods; undefined is that of the clients. */
  public readonly targetPort?: number;
  /** Port of every node; undefined leaves it to Kubernetes. */
  public readonly nodePort?: number;

  private constructor(
    scheme: string,
    /** Transport below any encryption: `udp` or `tcp`. Listeners of one transport cannot share a port. */
    public readonly transport: string,
    /** Port that clients connect to. */
    public readonly port: number,
    options: TurnListenerOptions,
    /** Secret with certificate and key; present exactly for TLS and DTLS. */
    public readonly certificate?: ISecret,
  ) {
    this.protocol = `TURN-${scheme.toUpperCase()}`;
    this.name = label1123('listener name', options.name ?? `${scheme}-listener`);
    this.routeNamespaces = options.routeNamespaces?.map(namespace => label1123('route namespace', namespace));
    checkListenerPort(port);
    this.targetPort = portWithin('target port', options.targetPort, 1, 65535);
    this.nodePort = portWithin('node port', options.nodePort, 30000, 32767);
    if (certificate !== undefined) dnsName('certificate Secret name', certificate.name);
    if (certificate?.namespace !== undefined) label1123('certificate Secret namespace', certificate.namespace);
  }

  /**
   * The URI of this listener (RFC 7065 section 3), such as `turn:turn.example.com:3478?transport=udp`.
   *
   * @param host DNS name or IPv4 address at which clients reach the Gateway
   */
  public turnUri(host: string): string {
    const scheme = this.certificate === undefined ? 'turn' : 'turns';
    return `${scheme}:${host}:${this.port}?transport=${this.transport}`;
  }
}

function checkListenerPort(port: number): void {
  if (Number.isInteger(port) && port <= 65535 && (port >= 1024 || LOW_PORTS.includes(port))) return;
  const fix = 'choose 3478, 5349 or 443';
  reject(complaint('listener port is unusable by browsers', port, '53, 80, 443 or 1024 to 65535', fix));
}

function portWithin(what: string, port: number | undefined, lowest: number, highest: number): number | undefined {
  if (port === undefined || (Number.isInteger(port) && port >= lowest && port <= highest)) return port;
  const allowed = `a whole number from ${lowest} to ${highest}`;
  return reject(complaint(`${what} is out of range`, port, allowed, 'correct it or leave it out'));
}
