import type { ConfigProblem } from './config-source';
import { Field } from './field';
import type { Document } from './objects';
import { parseDocuments } from './parse-documents';
import { Problems } from './problems';

export interface Manifests {
  readonly documents: readonly Document[];
  readonly problems: readonly ConfigProblem[];
}

/** The Kubernetes objects of one YAML or JSON text, those of a `List` one by one. Any kind is taken here. */
export function readManifests(text: string, file?: string): Manifests {
  const parsed = parseDocuments(text, file);
  const problems = new Problems();
  for (const problem of parsed.problems) problems.add(problem);
  const tell = (field: string, message: string): void => problems.add({ file, field, message });

  const documents = parsed.values.flatMap(value => members(new Field(value, '', tell))).map(value => ({ value, file }));
  return { documents, problems: problems.list };
}

/** A document itself, or what a List holds; Lists do not nest. */
function members(root: Field): readonly unknown[] {
  if (!isObject(root)) return [];
  if (root.get('kind').string() !== 'List') return [root.value];
  return (root.get('items').items() ?? []).flatMap(item => {
    if (!isObject(item)) return [];
    if (item.get('kind').string() !== 'List') return [item.value];
    item.tell('a List within a List: Kubernetes objects');
    return [];
  });
}

function isObject(field: Field): boolean {
  return [field.get('apiVersion').required(), field.get('kind').required()].every(text => text !== undefined);
}
