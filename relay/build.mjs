// Bundles the relay: one file for the process, one for its UDP threads, one that only `--config=k8s` loads.
import { build } from 'esbuild';
import { join } from 'node:path';

const here = import.meta.dirname;

/**
 * Of the Kubernetes client the relay has kubeconfigs and credentials; it makes its requests itself. What the client's own
 * requests need, an HTTP client and a class for every kind, is most of the client, and stays out.
 */
const withoutRequests = {
  name: 'without-requests',
  setup({ onResolve, onLoad }) {
    const outside = { path: 'outside', namespace: 'without-requests' };
    onResolve({ filter: /^undici$/ }, () => outside);
    onResolve({ filter: /^\.\/gen\/index\.js$/ }, ({ importer }) =>
      importer.endsWith('/client-node/dist/config.js') ? outside : undefined,
    );
    onLoad({ filter: /.*/, namespace: outside.namespace }, () => ({ contents: 'module.exports = {};' }));
  },
};

await build({
  absWorkingDir: here,
  entryPoints: {
    stunnerd: 'src/main.ts',
    'udp-worker': 'src/udp-worker.ts',
    'kube-config': 'src/config/cluster/kube-config.ts',
  },
  bundle: true,
  platform: 'node',
  target: 'node26',
  format: 'cjs',
  external: ['koffi'],
  sourcemap: true,
  legalComments: 'linked',
  outdir: join(here, 'dist'),
  outExtension: { '.js': '.cjs' },
  logLevel: 'warning',
  plugins: [withoutRequests],
});
