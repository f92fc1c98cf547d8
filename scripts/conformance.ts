import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';

const ROOT = resolve(__dirname, '..');
const REPORT = join(ROOT, 'CONFORMANCE.md');
const RULES = 'test/relay/conformance';

interface Rule {
  readonly clause: string;
  readonly text: string;
  readonly file: string;
  readonly conforms: boolean;
}

interface JestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly title: string; readonly status: string }[];
  }[];
}

/** Runs the rules and writes what they found to CONFORMANCE.md, or with `--check` holds the file to it. */
async function main(): Promise<void> {
  const rules = readRules(run());
  const options = await resolveConfig(REPORT);
  const text = await format(report(rules), { ...options, filepath: REPORT });
  if (!process.argv.includes('--check')) {
    writeFileSync(REPORT, text);
  } else if (readFileSync(REPORT, 'utf8') !== text) {
    console.error('CONFORMANCE.md is not what the rules found; npm run conformance writes it anew');
    process.exitCode = 1;
  }
  console.log(summary(rules));
}

function run(): JestReport {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'));
  try {
    const output = join(folder, 'report.json');
    const jest = require.resolve('jest/bin/jest');
    spawnSync(process.execPath, [jest, RULES, '--json', `--outputFile=${output}`, '--silent'], { cwd: ROOT });
    return JSON.parse(readFileSync(output, 'utf8')) as JestReport;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readRules({ testResults }: JestReport): Rule[] {
  const rules: Rule[] = [];
  for (const { name, message, assertionResults } of testResults) {
    if (assertionResults.length === 0) throw new Error(`${name} could not be run: ${message}`);
    for (const { title, status } of assertionResults) {
      const match = /^(RULE|NOT YET) (RFC \d+ [\d.]+): (.*)$/.exec(title);
      if (match === null) continue;
      const [, kind, clause = '', text = ''] = match;
      rules.push({ clause, text, file: relative(ROOT, name), conforms: kind === 'RULE' && status === 'passed' });
    }
  }
  return rules.sort((left, right) => order(left.clause).localeCompare(order(right.clause)));
}

/** `RFC 8489 14.10` comes after `RFC 8489 14.2`. */
function order(clause: string): string {
  return clause.replace(/\d+/g, number => number.padStart(5, '0'));
}

function summary(rules: readonly Rule[]): string {
  const conforming = rules.filter(({ conforms }) => conforms).length;
  return `${rules.length} rules: ${conforming} conform, ${rules.length - conforming} do not`;
}

function report(rules: readonly Rule[]): string {
  const rows = rules.map(
    ({ clause, text, file, conforms }) =>
      `| ${clause} | ${text} | \`${file}\` | ${conforms ? 'conforms' : '**does not conform**'} |`,
  );
  return [
    '# Conformance of the relay',
    '',
    `What RFC 8489 (STUN), RFC 8656 (TURN) and RFC 6062 (TURN for TCP) demand of a server, and whether the relay does it. ${summary(rules)}.`,
    '',
    'Each line is a test; `npm run conformance` runs them and writes this file, `npm run conformance -- --check` only compares.',
    '',
    '| Clause | Rule | Test | Result |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n');
}

void main();
