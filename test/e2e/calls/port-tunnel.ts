import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from './host';

/** A TCP port of a host's loopback, at a Unix socket, which belongs to no network namespace. */
export class PortTunnel {
  private constructor(
    readonly socketPath: string,
    private readonly child: ChildProcess,
  ) {}

  static async open(host: Host, port: number, socketPath: string): Promise<PortTunnel> {
    const ends = [`UNIX-LISTEN:${socketPath},fork,unlink-early`, `TCP:127.0.0.1:${port},nodelay`];
    const child = host.spawn(['socat', ...ends], { stdio: 'ignore' });
    while (!existsSync(socketPath)) {
      if (child.exitCode !== null) throw new Error(`no tunnel to port ${port} (got exit code ${child.exitCode})`);
      await sleep(10);
    }
    return new PortTunnel(socketPath, child);
  }

  close(): void {
    this.child.kill();
  }
}
