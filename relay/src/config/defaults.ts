/** REALM of a GatewayConfig or stunnerd file that names none. */
export const DEFAULT_REALM = 'stunner.l7mp.io';
export const DEFAULT_LOG_LEVEL = 'all:INFO';
