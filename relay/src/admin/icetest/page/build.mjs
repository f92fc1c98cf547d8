// Makes one file of the page: what it needs, it holds.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

const [output] = process.argv.slice(2);
const here = import.meta.dirname;
const bundled = file =>
  buildSync({
    entryPoints: [join(here, file)],
    bundle: true,
    minify: true,
    format: 'iife',
    write: false,
  }).outputFiles[0].text.trim();

const html = readFileSync(join(here, 'index.html'), 'utf8')
  .replace('<style></style>', () => `<style>${bundled('style.css')}</style>`)
  .replace('<script></script>', () => `<script>${bundled('main.ts')}</script>`);
writeFileSync(output, html);
