import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildSync } from 'esbuild';
import { chart, table } from './report';
import { SCENARIOS, type Job, type Measurement, type Scenario } from './scenario';
import { installedServers, startServer, type RunningServer, type ServerName } from './servers';
import { summarize, type Run } from './statistics';

const USAGE = `npm run bench -- [options]: CPU time for each relayed packet, this relay beside other TURN servers
  --rounds N         runs of each server for each scenario, taken in turns; default 5
  --quick            a part of the scenarios, one second each
  --scenario TEXT    scenarios whose name contains this
  --server NAME      relay, coturn or turn-server; repeatable; default all that are installed
  --verify           check receiver, source, order and every byte, and measure that
  --json             the runs and their summary as JSON instead of a table
  --chart FILE       a chart as SVG
Loopback only. CPU 0 is the server's and CPU 1 the generator's; leave the machine alone meanwhile.`;

const GENERATOR_CPU = '1';
/** What --quick leaves out. */
const SLOW = /^indications|^IPv6: 1000/;
/** A server whose packets cost so much that one scenario says it all. */
const ONE_SCENARIO_ONLY: ServerName = 'turn-server';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      quick: { type: 'boolean', default: false },
      scenario: { type: 'string', default: '' },
      server: { type: 'string', multiple: true },
      verify: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      chart: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  if (availableParallelism() < 2) throw new Error('too few CPUs (got 1): one for the server, one for the generator');
  const scenarios = SCENARIOS.filter(
    ({ name }) => name.includes(values.scenario) && !(values.quick && SLOW.test(name)),
  );
  const servers = installedServers().filter(name => values.server?.includes(name) ?? true);
  const seconds = values.quick ? 1 : 2;
  const runs: Run[] = [];
  const folder = mkdtempSync(join(__dirname, '..', 'dist', 'bench-'));
  try {
    const generator = buildGenerator(folder);
    for (let round = 1; round <= Number(values.rounds); round++) {
      for (const scenario of scenarios) {
        for (const server of servers) {
          if (server === ONE_SCENARIO_ONLY && scenario !== scenarios[0]) continue;
          const measurement = await measure(generator, scenario, server, seconds, values.verify);
          if (measurement !== undefined) runs.push({ scenario, server, round, measurement });
        }
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  runs.sort((a, b) => scenarios.indexOf(a.scenario) - scenarios.indexOf(b.scenario));
  const summaries = summarize(runs);
  console.log(values.json ? JSON.stringify({ runs, summaries }) : table(summaries));
  if (values.chart !== undefined) writeFileSync(values.chart, chart(summaries));
}

/** Built, so that it starts at once and runs without a loader. */
function buildGenerator(folder: string): string {
  const outfile = join(folder, 'generator.cjs');
  const entryPoints = [join(__dirname, 'generator.ts')];
  buildSync({ entryPoints, outfile, bundle: true, platform: 'node', format: 'cjs', external: ['koffi'] });
  return outfile;
}

async function measure(
  generator: string,
  scenario: Scenario,
  name: ServerName,
  seconds: number,
  verify: boolean,
): Promise<Measurement | undefined> {
  let server: RunningServer | undefined;
  try {
    server = await startServer(name, scenario.family);
    const { target, pid } = server;
    const job: Job = { scenario, target, pid, warmUpSeconds: 1, seconds, verify };
    const { stdout, stderr } = spawnSync(
      'taskset',
      ['-c', GENERATOR_CPU, process.execPath, generator, JSON.stringify(job)],
      { encoding: 'utf8', timeout: 20_000 },
    );
    const line = stdout.trim();
    if (line === '') throw new Error(/^\w*Error: .*/m.exec(stderr)?.[0] ?? 'no result');
    const measurement = JSON.parse(line) as Measurement;
    const { wrong, duplicates, received } = measurement;
    if (wrong + duplicates > 0) throw new Error(`${wrong} wrong datagrams and ${duplicates} duplicates`);
    if (received === 0) throw new Error('nothing arrived');
    return measurement;
  } catch (error) {
    console.error(`${name}, ${scenario.name}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  } finally {
    await server?.stop();
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
