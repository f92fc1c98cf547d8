import { Yaml } from 'cdk8s';
import { RenderedFile } from '../gitops/rendered-file';

/** A `kustomization.yaml` for every folder, with the files beside it in their order. */
export function kustomizations(files: readonly RenderedFile[]): RenderedFile[] {
  const byFolder = new Map<string, string[]>();
  for (const { path } of files) {
    const slash = path.lastIndexOf('/');
    const [folder, file] = [path.slice(0, slash), path.slice(slash + 1)];
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), file]);
  }
  return [...byFolder].map(([folder, resources]) => {
    const content = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources };
    return { path: `${folder}/kustomization.yaml`, content: Yaml.stringify(content) };
  });
}
