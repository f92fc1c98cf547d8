import { setTimeout as sleep } from 'node:timers/promises';
import { version } from '../package.json';
import { Admin } from './admin/admin';
import { UsageError } from './cli/flags';
import { parseOptions } from './cli/options';
import { usage } from './cli/usage';
import { type ConfigSource, problemText } from './config/config-source';
import { HEALTH_PORT } from './contract';
import { iceTestServer } from './ice-test';
import { Log, type Logger } from './log/logger';
import { Relay } from './relay';
import { configSource } from './source';

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), process.env);
  if (options.command === 'help') return void process.stdout.write(usage());
  if (options.command === 'version') return void process.stdout.write(`stunnerd (cdk8s-stunner) ${version}\n`);

  const log = new Log({ format: options.logFormat, levels: options.logLevel });
  const logger = log.scope('stunnerd');
  for (const warning of options.warnings) logger.warn(warning);
  const source = configSource(options.dryRun ? { ...options, watch: false } : options, log);
  if (options.dryRun) return check(source, logger);

  const relay = new Relay({ ...options, log, inForce: config => admin.apply(config) });
  const admin = new Admin(relay, log.scope('health'));
  const iceTest = iceTestServer(options, log.scope('icetest'));
  // Kubernetes asks from the start on, long before there is a configuration that tells where.
  if (options.origin.kind === 'discovery' || options.origin.kind === 'kubernetes') {
    admin.apply({ healthEndpoint: options.endpoints.health ?? `http://:${HEALTH_PORT}` });
  }

  const admins = [admin, ...(iceTest === undefined ? [] : [iceTest])];

  let ended = false;
  const end = (): void => {
    if (!ended) void stop(relay, source, admins, log);
    ended = true;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Who asks twice does not want to wait.
      const drains = signal === 'SIGTERM' && !relay.draining;
      logger.info(
        drains ? `${signal}: no new clients; the relay ends with its last allocation` : `${signal}: the relay ends`,
      );
      if (!drains) return end();
      relay.drain(end);
      void source.resign?.();
    });
  }
  relay.start();
  await source.start(iceTest?.start(relay) ?? relay);
  if (!options.watch && relay.running === undefined) {
    process.exitCode = 1;
    await stop(relay, source, admins, log);
  }
}

/** Reads the configuration, tells what is wrong with it, and leaves it at that. */
async function check(source: ConfigSource, logger: Logger): Promise<void> {
  process.exitCode = 1;
  await source.start({
    config: (config, warnings) => {
      for (const warning of warnings) logger.warn(problemText(warning));
      logger.info(`the configuration of ${config.name} is valid`);
      process.exitCode = 0;
    },
    problems: problems => {
      for (const problem of problems) logger.error(problemText(problem));
    },
  });
  await source.close();
}

interface Closable {
  close(): void;
}

async function stop(relay: Relay, source: ConfigSource, admins: readonly Closable[], log: Log): Promise<void> {
  await source.close();
  for (const admin of admins) admin.close();
  relay.close();
  // Nobody may be reading standard output any more.
  await Promise.race([log.flush(), sleep(1000, undefined, { ref: false })]);
}

main().catch((error: unknown) => {
  const text = error instanceof UsageError ? `stunnerd: ${error.message}\nTry stunnerd --help.` : error;
  console.error(text);
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
