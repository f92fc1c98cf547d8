/** What the constructs write and the relay reads: spelt the same in `lib/private/contract.ts`, as a test holds. */
export const STUNNER_CONTROLLER = 'stunner.l7mp.io/gateway-operator';
export const RELAY_CONTROLLER = 'cdk8s-stunner.dev/relay';
export const AUTH_REF_ANNOTATION = 'cdk8s-stunner.dev/auth-ref';
export const TARGET_PORT_ANNOTATION = 'stunner.l7mp.io/targetport';
export const TENANT_KEY_PREFIX = 'cdk8s-stunner/tenant/';
export const HEALTH_PORT = 8086;
export const METRICS_PORT = 8080;
export const DISCOVERY_PORT = 13478;
