/** One Kubernetes object as the file that holds it. */
export interface RenderedFile {
  /** Path below the output directory, with `/` on every platform. */
  readonly path: string;

  /** The object as YAML: UTF-8, keys sorted, one document. */
  readonly content: string;
}
