import { createRequire } from 'node:module';
import { join } from 'node:path';
import { KubeApi } from './kube-api';
import type * as kubeConfig from './kube-config';

/** Beside this file once the relay is built: a client as large as the relay, which only this origin needs. */
const ENTRY = join(__dirname, 'kube-config.cjs');

/** The Kubernetes API that the options name. @throws Error if none is known. */
export function kubeApi(options: kubeConfig.KubeConfigOptions): KubeApi {
  const { connect } = createRequire(__filename)(ENTRY) as typeof kubeConfig;
  return new KubeApi(connect(options));
}
