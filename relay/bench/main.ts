import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { chart, table } from './report';
import { GeneratorProgram } from './run-generator';
import { SCENARIOS, type Measurement, type Scenario } from './scenario';
import { installedServers, startServer, type RunningServer, type ServerName } from './servers';
import { summarize, type Run } from './statistics';
import { STUDIES } from './studies';

const USAGE = `npm run bench -- [options]: CPU time for each relayed packet, this relay beside other TURN servers
  --rounds N         runs of each server for each scenario, taken in turns; default 5
  --quick            a part of the scenarios, one second each
  --scenario TEXT    scenarios whose name contains this
  --server NAME      relay, coturn, pion or turn-server; repeatable; default all that are installed
  --verify           check receiver, source, order and every byte, and measure that
  --study NAME       another question instead, see below; repeatable, or all
  --seconds N        how long a study measures; default what it needs
  --json             the runs and their summary as JSON instead of a table
  --chart FILE       a chart as SVG
Studies:
${Object.entries(STUDIES)
  .map(([name, { question }]) => `  ${name.padEnd(18)} ${question}`)
  .join('\n')}
Loopback only. CPU 0 is the server's and CPU 1 the generator's; leave the machine alone meanwhile.`;

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
      study: { type: 'string', multiple: true },
      seconds: { type: 'string' },
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
  if (values.study !== undefined) return study(values.study, Number(values.rounds), Number(values.seconds ?? 0));
  const scenarios = SCENARIOS.filter(
    ({ name }) => name.includes(values.scenario) && !(values.quick && SLOW.test(name)),
  );
  const servers = installedServers().filter(name => values.server?.includes(name) ?? true);
  const seconds = values.quick ? 1 : 2;
  const runs: Run[] = [];
  const generator = new GeneratorProgram();
  try {
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
    generator.close();
  }
  runs.sort((a, b) => scenarios.indexOf(a.scenario) - scenarios.indexOf(b.scenario));
  const summaries = summarize(runs);
  console.log(values.json ? JSON.stringify({ runs, summaries }) : table(summaries));
  if (values.chart !== undefined) writeFileSync(values.chart, chart(summaries));
}

/** Answers questions that CPU time does not. */
async function study(names: readonly string[], rounds: number, seconds: number): Promise<void> {
  const generator = new GeneratorProgram();
  try {
    for (const [name, { question, run }] of Object.entries(STUDIES)) {
      if (!names.includes(name) && !names.includes('all')) continue;
      console.log(`${name}: ${question}`);
      for await (const line of run({ generator, servers: installedServers(), rounds, seconds }))
        console.log(`  ${line}`);
    }
  } finally {
    generator.close();
  }
}

async function measure(
  generator: GeneratorProgram,
  scenario: Scenario,
  name: ServerName,
  seconds: number,
  verify: boolean,
): Promise<Measurement | undefined> {
  let server: RunningServer | undefined;
  try {
    server = await startServer(name, { family: scenario.family });
    const { target, pid } = server;
    return await generator.traffic({ scenario, target, pid, warmUpSeconds: 1, seconds, verify });
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
