/**
 * The structure of `status` as the CRDs of the Gateway API (1.6) and of STUNner (1.2) have it; `imports/crds` is without.
 * So are these without the conditions that stand there before a controller has answered: an API server adds them to an
 * object when it is applied again, which is then a change.
 */
const text = (maxLength: number, pattern?: string): object => ({ type: 'string', maxLength, pattern });
const list = (items: object, maxItems: number, keys?: readonly string[]): object => ({
  type: 'array',
  maxItems,
  items,
  ...(keys === undefined
    ? { 'x-kubernetes-list-type': 'atomic' }
    : { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys }),
});
const map = (required: readonly string[], properties: object): object => ({ type: 'object', required, properties });

const NAME = text(253, '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$');
const GROUP = text(253, '^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$');
const KIND = text(63, '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$');

const CONDITION = map(['lastTransitionTime', 'message', 'reason', 'status', 'type'], {
  type: text(316, '^([a-z0-9.-]+/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$'),
  status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
  reason: { ...text(1024, '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$'), minLength: 1 },
  message: text(32768),
  lastTransitionTime: { type: 'string', format: 'date-time' },
  observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
});
const CONDITIONS = list(CONDITION, 8, ['type']);

const LISTENER = map(['attachedRoutes', 'conditions', 'name'], {
  name: NAME,
  supportedKinds: list(map(['kind'], { group: GROUP, kind: KIND }), 8),
  attachedRoutes: { type: 'integer', format: 'int32' },
  conditions: CONDITIONS,
});

const PARENT = map(['conditions', 'controllerName', 'parentRef'], {
  controllerName: text(253, "^[a-z0-9.-]+\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$"),
  parentRef: map(['name'], {
    group: { ...GROUP, default: 'gateway.networking.k8s.io' },
    kind: { ...KIND, default: 'Gateway' },
    namespace: text(63),
    name: text(253),
    sectionName: NAME,
    port: { type: 'integer', format: 'int32', minimum: 1, maximum: 65535 },
  }),
  conditions: { ...CONDITIONS, minItems: 1 },
});

const SCHEMAS: Readonly<Record<string, object>> = {
  GatewayClass: map([], {
    conditions: CONDITIONS,
    supportedFeatures: list(map(['name'], { name: text(128) }), 64, ['name']),
  }),
  Gateway: map([], {
    addresses: list(map(['value'], { type: { ...text(253), default: 'IPAddress' }, value: text(253) }), 16),
    attachedListenerSets: { type: 'integer', format: 'int32' },
    conditions: CONDITIONS,
    listeners: list(LISTENER, 64, ['name']),
  }),
  UDPRoute: map(['parents'], { parents: list(PARENT, 32) }),
};

/** Undefined for a kind without a status. */
export function statusSchema(kind: string): object | undefined {
  return SCHEMAS[kind];
}
