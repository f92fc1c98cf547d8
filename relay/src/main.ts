import { setTimeout as sleep } from 'node:timers/promises';
import { version } from '../package.json';
import { UsageError } from './cli/flags';
import { parseOptions } from './cli/options';
import { usage } from './cli/usage';
import type { ConfigSource } from './config/config-source';
import { Log } from './log/logger';
import { Relay } from './relay';
import { configSource } from './source';

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options.command === 'help') return void process.stdout.write(usage());
  if (options.command === 'version') return void process.stdout.write(`stunnerd (cdk8s-stunner) ${version}\n`);

  const log = new Log({ format: options.logFormat, levels: options.logLevel });
  const logger = log.scope('stunnerd');
  for (const warning of options.warnings) logger.warn(warning);
  const source = configSource(options);
  const relay = new Relay({ ...options, log });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      logger.info(`${signal}: the relay ends`);
      void stop(relay, source, log);
    });
  }
  relay.start();
  await source.start(relay);
  if (options.dryRun || (!options.watch && !relay.ready)) {
    process.exitCode = relay.ready ? 0 : 1;
    await stop(relay, source, log);
  }
}

async function stop(relay: Relay, source: ConfigSource, log: Log): Promise<void> {
  await source.close();
  relay.close();
  // Nobody may be reading standard output any more.
  await Promise.race([log.flush(), sleep(1000, undefined, { ref: false })]);
}

main().catch((error: unknown) => {
  const text = error instanceof UsageError ? `stunnerd: ${error.message}\nTry stunnerd --help.` : error;
  console.error(text);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
