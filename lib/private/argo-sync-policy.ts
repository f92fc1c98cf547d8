/**
 * Server-side apply: a Service with one port number for UDP and TCP cannot be patched otherwise. An application that turns out empty
 * is a mistake of the renderer, and does not empty the cluster.
 */
export const SYNC_POLICY = {
  automated: { prune: true, selfHeal: true, allowEmpty: false },
  syncOptions: ['ServerSideApply=true', 'RespectIgnoreDifferences=true', 'SkipDryRunOnMissingResource=true'],
  retry: { limit: 5, backoff: { duration: '10s', factor: 2, maxDuration: '5m' } },
};
