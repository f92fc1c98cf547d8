/** What has a public address, or goes with one, is removed by Argo CD only when somebody says so. */
export const CONFIRMED = { 'argocd.argoproj.io/sync-options': 'Prune=confirm,Delete=confirm' };
