type Tree = Record<string, unknown>;

/** Annotation in which kubectl keeps a copy of the whole object. */
const COPY = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * An object without what no reader of it needs, so that thousands of them take little memory. What has an unexpected
 * shape stays as it is, and is told where it is read.
 */
export function trimmed(value: Tree): Tree {
  const { metadata, ...rest } = value;
  const kept = isTree(metadata) ? trimmedMetadata(metadata) : metadata;
  if (value.kind !== 'EndpointSlice' || !Array.isArray(rest.endpoints)) return { metadata: kept, ...rest };
  const endpoints = rest.endpoints.map((endpoint: unknown) =>
    isTree(endpoint) ? { addresses: endpoint.addresses } : endpoint,
  );
  return { metadata: kept, apiVersion: rest.apiVersion, kind: rest.kind, endpoints };
}

function trimmedMetadata(metadata: Tree): Tree {
  const { annotations } = metadata;
  const rest = without(metadata, 'managedFields');
  return isTree(annotations) ? { ...rest, annotations: without(annotations, COPY) } : rest;
}

function without(tree: Tree, key: string): Tree {
  return Object.fromEntries(Object.entries(tree).filter(([each]) => each !== key));
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
