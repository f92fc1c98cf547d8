/**
 * Refreshes `imports/`: the bare structure of the pinned CRDs (only where UPSTREAM_CRDS names the upstream CRD
 * collection), then the L1 types generated from it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crdStructures } from './imports/crd-structure';
import { crdTypes } from './imports/crd-types';
import { IMPORTS_DIR, readLock } from './imports/lock';

const lock = readLock();
const crdsDir = join(IMPORTS_DIR, 'crds');
const upstreamDir = process.env.UPSTREAM_CRDS;

if (upstreamDir) {
  mkdirSync(crdsDir, { recursive: true });
  for (const [group, json] of crdStructures(lock, upstreamDir)) write(join(crdsDir, `${group}.json`), json);
} else {
  console.log('UPSTREAM_CRDS is not set: imports/crds/ is kept, only the types are generated');
}
for (const [group, code] of crdTypes(lock, crdsDir)) write(join(IMPORTS_DIR, `${group}.ts`), code);

function write(file: string, text: string): void {
  writeFileSync(file, text);
  console.log(file);
}
