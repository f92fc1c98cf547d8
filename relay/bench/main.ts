import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { canRun, installedServers, isServerName, SERVER_NAMES, useProgram, type ServerName } from './installed-servers';
import { chart, table } from './report';
import { GeneratorProgram } from './run-generator';
import { SCENARIOS, type Measurement, type Scenario } from './scenario';
import { startServer, type RunningServer } from './servers';
import { summarize, type Run } from './statistics';
import { STUDIES } from './studies';
import type { StudyContext } from './studies/study';

const USAGE = `npm run bench -- [options]: CPU time for each relayed packet, this relay beside other TURN servers
  --rounds N         runs of each server for each scenario, taken in turns; default 5
  --quick            the scenarios with datagrams and ChannelData alone, one second each
  --scenario TEXT    scenarios whose name contains this; repeatable
  --server NAME      ${SERVER_NAMES.join(', ')}; repeatable; default all that are installed
  --program NAME=F   another program, or module, for a server of that name; repeatable
  --verify           check receiver, source, order and every byte, and measure that
  --study NAME       another question instead, see below; repeatable, or all
  --seconds N        how long is measured; default 2, or what a study needs
  --packets N        how many datagrams a study is about; default what it needs
  --json             the runs and their summary as JSON instead of a table
  --chart FILE       a chart as SVG
Studies:
${Object.entries(STUDIES)
  .map(([name, { question }]) => `  ${name.padEnd(18)} ${question}`)
  .join('\n')}
Loopback only, without privileges. CPU 0 is the server's and CPU 1 the generator's; leave the machine alone meanwhile.
coturn comes with Debian (apt install coturn), pion with Go, node-turn with npm install --no-save node-turn.`;

/** What --quick leaves out. */
const SLOW = /^(indications|TCP|TLS):/;
const [SERVER_CPU, GENERATOR_CPU] = [0, 1];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '5' },
      quick: { type: 'boolean', default: false },
      scenario: { type: 'string', multiple: true, default: [''] },
      server: { type: 'string', multiple: true },
      program: { type: 'string', multiple: true, default: [] },
      verify: { type: 'boolean', default: false },
      study: { type: 'string', multiple: true },
      seconds: { type: 'string' },
      packets: { type: 'string' },
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
  const unknown = values.server?.find(name => !isServerName(name));
  if (unknown !== undefined) throw new Error(`unknown --server (got ${unknown}): ${SERVER_NAMES.join(', ')}`);
  values.program.forEach(useProgram);
  const servers = installedServers().filter(name => values.server?.includes(name) ?? true);
  const [rounds, seconds, packets] = [
    count('--rounds', values.rounds),
    count('--seconds', values.seconds ?? '0'),
    count('--packets', values.packets ?? '0'),
  ];
  const generator = new GeneratorProgram();
  try {
    if (values.study !== undefined) {
      await study(values.study, { generator, servers, rounds, seconds, packets });
      return;
    }
    const scenarios = SCENARIOS.filter(
      ({ name }) => values.scenario.some(part => name.includes(part)) && !(values.quick && SLOW.test(name)),
    );
    const length = seconds || (values.quick ? 1 : 2);
    const runs = await compare(generator, scenarios, servers, rounds, length, values.verify);
    const summaries = summarize(runs);
    console.log(values.json ? JSON.stringify({ runs, summaries }) : table(summaries));
    if (values.chart !== undefined) writeFileSync(values.chart, chart(summaries));
  } finally {
    generator.close();
  }
}

function count(option: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${option} is not a number (got ${text}): a whole one`);
  return Number(text);
}

/** Servers take turns, so that what else the machine does meets all of them. */
async function compare(
  generator: GeneratorProgram,
  scenarios: readonly Scenario[],
  servers: readonly ServerName[],
  rounds: number,
  seconds: number,
  verify: boolean,
): Promise<Run[]> {
  const runs: Run[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const scenario of scenarios) {
      for (const server of servers.filter(name => canRun(name, scenario))) {
        const measurement = await measure(generator, scenario, server, seconds, verify);
        if (measurement !== undefined) runs.push({ scenario, server, round, measurement });
      }
    }
  }
  return runs.sort((a, b) => scenarios.indexOf(a.scenario) - scenarios.indexOf(b.scenario));
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
    server = await startServer(name, scenario);
    const { target, pid } = server;
    const cpus = [SERVER_CPU, GENERATOR_CPU] as const;
    return await generator.traffic({ scenario, target, pid, cpus, warmUpSeconds: 1, seconds, verify });
  } catch (error) {
    console.error(`${name}, ${scenario.name}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  } finally {
    await server?.stop();
  }
}

/** Answers questions that CPU time does not. */
async function study(names: readonly string[], context: StudyContext): Promise<void> {
  const unknown = names.find(name => name !== 'all' && !(name in STUDIES));
  if (unknown !== undefined)
    throw new Error(`unknown --study (got ${unknown}): ${Object.keys(STUDIES).join(', ')}, all`);
  for (const [name, { question, run }] of Object.entries(STUDIES)) {
    if (!names.includes(name) && !names.includes('all')) continue;
    console.log(`${name}: ${question}`);
    for await (const line of run(context)) console.log(`  ${line}`);
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
