import { readFileSync } from 'node:fs';
import { ManifestValidator } from 'cdk8s-stunner';
import { parseAllDocuments } from 'yaml';

/** Judges YAML files that no construct wrote, and says by the exit code whether there is something to find. */
const objects = process.argv
  .slice(2)
  .flatMap(file =>
    parseAllDocuments(readFileSync(file, 'utf8')).map(document => document.toJS() as Record<string, unknown>),
  );

for (const { rule, object, message } of ManifestValidator.check(objects)) {
  console.log(`${object}: ${message} [${rule}]`);
  process.exitCode = 1;
}
