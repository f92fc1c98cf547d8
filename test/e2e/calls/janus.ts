import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse } from 'yaml';
import type { Host } from './host';
import { httpUnix } from './http-unix';
import { JanusSession } from './janus-session';
import { PortTunnel } from './port-tunnel';

/** Where Debian has them. */
const PROGRAM = '/usr/bin/janus';
const ECHO_TEST = `/usr/lib/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/janus/plugins/libjanus_echotest.so`;

/** Janus of the Debian package, started on a host as the rendered Deployment starts it in a pod. */
export class Janus {
  private constructor(
    private readonly child: ChildProcess,
    private readonly tunnel: PortTunnel,
  ) {}

  /** @param manifests folder of the tenant's rendered manifests. */
  static async start(host: Host, manifests: string, folder: string): Promise<Janus> {
    const [config, run, bin, plugins] = ['config', 'run', 'bin', 'plugins'].map(name => join(folder, name));
    for (const each of [config, bin, plugins]) mkdirSync(each!, { recursive: true });
    const { data } = read(join(manifests, 'core_ConfigMap_acme_janus.yaml')) as ConfigMap;
    for (const [name, text] of Object.entries(data)) writeFileSync(join(config!, name), text);

    // The other plugins open ports of their own, or want a database.
    symlinkSync(ECHO_TEST, join(plugins!, 'libjanus_echotest.so'));
    writeFileSync(join(bin!, 'janus'), `#!/bin/sh\nexec ${PROGRAM} -P ${plugins} "$@"\n`);
    chmodSync(join(bin!, 'janus'), 0o755);

    const deployment = read(join(manifests, 'apps_Deployment_acme_janus.yaml')) as Deployment;
    const words = deployment.spec.template.spec.containers[0].command.map(word =>
      // Here it is no container, and has a folder instead of a file system of its own.
      word.replaceAll('/etc/media', config!).replaceAll('/tmp/janus', run!),
    );
    const child = host.spawn(words, { stdio: 'ignore', env: { PATH: `${bin}:${process.env.PATH}` } });
    const tunnel = await PortTunnel.open(host, 8088, join(folder, 'api'));
    const janus = new Janus(child, tunnel);
    await janus.answers();
    return janus;
  }

  /** A session with the EchoTest plugin, which sends back all media and messages. */
  echoTest(): Promise<JanusSession> {
    return JanusSession.open(this.tunnel.socketPath, 'janus.plugin.echotest');
  }

  async stop(): Promise<void> {
    this.tunnel.close();
    const exited = new Promise(resolve => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await exited;
  }

  private async answers(): Promise<void> {
    const deadline = Date.now() + 20_000;
    for (;;) {
      if (this.child.exitCode !== null) throw new Error(`Janus has ended (exit code ${this.child.exitCode})`);
      const info = await httpUnix(this.tunnel.socketPath, '/janus/info').catch(() => undefined);
      if (info?.status === 200) return;
      if (Date.now() > deadline) throw new Error('Janus does not answer');
      await sleep(50);
    }
  }
}

interface ConfigMap {
  readonly data: Readonly<Record<string, string>>;
}

interface Deployment {
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly [{ readonly command: readonly string[] }] } };
  };
}

function read(file: string): unknown {
  return parse(readFileSync(file, 'utf8'));
}
