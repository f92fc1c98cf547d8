import { isIP } from 'node:net';
import { quote, type Field } from './field';
import type { KubeObject } from './objects';
import { layer4 } from './protocol';
import type { Resolution } from './resolution';
import type { GatewayStatus } from './status';
import type { Transport } from '../turn/flow';
import { isHostName } from './validate';

export type PublicAddress = GatewayStatus['addresses'][number];

/** Label in a Service's selector that names the Gateway whose pods it selects. */
const SELECTED_GATEWAY = 'stunner.l7mp.io/related-gateway-name';
/** `maxItems` of a Gateway's status.addresses. */
const MAX_ADDRESSES = 16;

interface Balancer {
  readonly service: string;
  readonly type: string;
  /** Layer-4 protocols it serves; empty if it does not say. */
  readonly protocols: ReadonlySet<string>;
  readonly addresses: readonly PublicAddress[];
}

/** Where clients reach a Gateway: at its own addresses, else at the load balancers of its Services. */
export class PublicAddresses {
  private readonly given: readonly PublicAddress[];
  private readonly balancers: readonly Balancer[];

  constructor(
    resolution: Resolution,
    private readonly gateway: KubeObject,
  ) {
    const given = resolution.fields(gateway).get('spec').get('addresses').items() ?? [];
    // One without a value asks for any address (Gateway API, GatewaySpecAddress).
    this.given = given
      .map(address => address.get('value'))
      .flatMap(value => (value.isAbsent ? [] : readAddress(value)));
    this.balancers = balancersOf(resolution, gateway);
  }

  /** Each address once, as status tells them. */
  get all(): readonly PublicAddress[] {
    const addresses = this.given.length > 0 ? this.given : this.balancers.flatMap(balancer => balancer.addresses);
    return [...new Map(addresses.map(address => [address.value, address])).values()].slice(0, MAX_ADDRESSES);
  }

  /** The address to advertise for a transport, which may have a load balancer of its own. */
  of(transport: Transport): PublicAddress | undefined {
    const serves = ({ protocols }: Balancer): boolean => protocols.size === 0 || protocols.has(layer4(transport));
    return this.given[0] ?? this.balancers.find(serves)?.addresses[0];
  }

  /** Why there is none, and what would give one. */
  get missing(): string {
    const { gateway } = this;
    const [first] = this.balancers;
    if (first === undefined)
      return `there is no Service ${gateway.id}: spec.addresses, or a Service of type LoadBalancer`;
    if (first.type === 'LoadBalancer') return `the load balancer of Service ${first.service} has given no address yet`;
    return `Service ${first.service} is of type ${first.type} and nodes are not read: their addresses in spec.addresses`;
  }
}

/** The Service of the Gateway's name, then those it has for each transport where no load balancer serves both. */
function balancersOf(resolution: Resolution, gateway: KubeObject): readonly Balancer[] {
  const { namespace, name } = gateway;
  return [name, `${name}-udp`, `${name}-tcp`].flatMap(each => {
    const service = resolution.objects.get('Service', namespace, each);
    if (service === undefined) return [];
    const fields = resolution.fields(service);
    // Another Gateway may have the name that a transport's Service would have.
    if (each !== name && fields.get('spec').get('selector').get(SELECTED_GATEWAY).string() !== name) return [];
    const ports = fields.get('spec').get('ports').items() ?? [];
    const ingress = fields.get('status').get('loadBalancer').get('ingress').items() ?? [];
    return [
      {
        service: service.id,
        type: fields.get('spec').get('type').string('ClusterIP') ?? '',
        protocols: new Set(ports.map(port => (port.get('protocol').string('TCP') ?? '').toLowerCase())),
        addresses: ingress.flatMap(entry =>
          readAddress(entry.get('ip').isAbsent ? entry.get('hostname') : entry.get('ip')),
        ),
      },
    ];
  });
}

function readAddress(field: Field): readonly PublicAddress[] {
  const value = field.string();
  if (value === undefined) return [];
  if (isIP(value) !== 0) return [{ type: 'IPAddress', value }];
  if (isHostName(value)) return [{ type: 'Hostname', value }];
  field.tell(`not an address (got ${quote(value)}): an IP address or a host name`);
  return [];
}
