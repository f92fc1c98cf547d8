import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { run, type Run } from '../e2e/run';

/** As a cluster that trusts nobody runs it, and stricter: not even `/tmp` and `/dev/shm` are there to write to. */
export const HARDENED = [
  ...['--read-only', '--read-only-tmpfs=false', '--ipc=none'],
  ...['--cap-drop=all', '--security-opt', 'no-new-privileges', '--memory', '256m'],
];

/** Left to itself, podman asks for more than a container of its own may have. */
const LIMITS = ['--ulimit', 'nofile=20000:20000', '--ulimit', 'nproc=4096:4096'];

/** Containers of one image, in a store of their own. */
export class Podman {
  private readonly folder = mkdtempSync(join(tmpdir(), 'podman-'));
  private readonly store = [
    ...['--root', join(this.folder, 'root'), '--runroot', join(this.folder, 'run')],
    ...['--runtime', 'runc', '--cgroup-manager', 'cgroupfs'],
  ];
  private readonly image: string;

  /** @param layout folder of an OCI layout */
  constructor(layout: string, tag: string) {
    // Podman makes a name of the path, in which it wants lower case only.
    const [cwd, name] = [dirname(layout), basename(layout)];
    const pull = [...this.store, 'pull', '--quiet', `oci:${name}:${tag}`];
    this.image = execFileSync('podman', pull, { cwd, encoding: 'utf8' }).trim();
  }

  /** Runs a program of the image to its end. */
  async run(options: readonly string[], program: string, ...args: string[]): Promise<Run> {
    const { store, image } = this;
    return run(
      'podman',
      [...store, 'run', '--rm', ...LIMITS, ...options, '--network=host', '--entrypoint', program, image, ...args],
      30_000,
    );
  }

  /** Starts what the image starts, hardened; the container is known by its name. */
  start(name: string, options: readonly string[], ...args: string[]): void {
    const container = ['--name', name, '--network=host', ...LIMITS, ...HARDENED, ...options];
    spawn('podman', [...this.store, 'run', '--detach', ...container, this.image, ...args], { stdio: 'ignore' });
  }

  /** The words that run what the image starts, hardened, in a network namespace, and end with it. */
  words(namespace: string, options: readonly string[]): readonly string[] {
    const container = [`--network=ns:/run/netns/${namespace}`, ...LIMITS, ...HARDENED, ...options];
    return ['podman', ...this.store, 'run', '--rm', ...container, this.image];
  }

  /** Its process on this host, and when that began. */
  state(name: string): { readonly pid: number; readonly startedAt: number } {
    const text = execFileSync('podman', [...this.store, 'inspect', '--format', '{{json .State}}', name]);
    const { Pid, StartedAt } = JSON.parse(text.toString()) as { Pid: number; StartedAt: string };
    return { pid: Pid, startedAt: Date.parse(StartedAt) };
  }

  /** @returns the exit code, once it has ended. */
  async wait(name: string): Promise<number> {
    const { output } = await run('podman', [...this.store, 'wait', name], 30_000);
    return Number(output);
  }

  close(): void {
    spawnSync('podman', [...this.store, 'rm', '--all', '--force', '--time', '0']);
    // For root, podman leaves its store mounted.
    spawnSync('umount', [join(this.folder, 'root/overlay')]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}
