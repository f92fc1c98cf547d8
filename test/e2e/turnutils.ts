import { type ChildProcess, spawn } from 'node:child_process';
import { missing, run } from './run';
import { mediaAddresses } from './site';

/** What a run of coturn's load client came to. */
export interface UclientRun {
  /** Undefined if it had to be ended. */
  readonly exitCode: number | undefined;
  /** Messages sent to peers and received back from them, all clients together. */
  readonly sent: number;
  readonly received: number;
  /** As it counts them itself; undefined if it did not get so far. */
  readonly lost: number | undefined;
  /** What it wrote, both streams. */
  readonly output: string;
}

/**
 * `lossless`, or what happened instead. Exit code 0 alone proves nothing: the client ends with it after any loss.
 */
export function verdict({ exitCode, sent, received, lost, output }: UclientRun): string {
  if (exitCode === 0 && sent > 0 && sent === received && lost === 0) return 'lossless';
  const end = exitCode === undefined ? 'had to be ended' : `exit code ${exitCode}`;
  const errors = output.match(/(?:error \d{3}|ERROR:) .*/g) ?? [];
  return [`${received} of ${sent} came back, ${end}`, ...new Set(errors)].join('; ');
}

/** Runs `turnutils_uclient -v` with a time limit. */
export async function uclient(args: readonly string[], limitMs = 20_000): Promise<UclientRun> {
  const { exitCode, output } = await run('turnutils_uclient', ['-v', ...args], limitMs);
  const counts = [...output.matchAll(/tot_send_msgs=(\d+), tot_recv_msgs=(\d+)/g)].at(-1);
  const lost = /Total lost packets (\d+)/.exec(output)?.[1];
  return {
    exitCode,
    sent: Number(counts?.[1] ?? 0),
    received: Number(counts?.[2] ?? 0),
    lost: lost === undefined ? undefined : Number(lost),
    output,
  };
}

/** `turnutils_peer`: an echo on two consecutive ports. */
export class EchoPeer {
  private constructor(private readonly child: ChildProcess) {}

  static async start(port: number, hosts = mediaAddresses()): Promise<EchoPeer> {
    const args = [...hosts.flatMap(host => ['-L', host]), '-p', String(port)];
    const child = spawn('turnutils_peer', args, { stdio: 'ignore' });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', () => reject(missing('turnutils_peer')));
    });
    return new EchoPeer(child);
  }

  async stop(): Promise<void> {
    const exited = new Promise(resolve => this.child.once('exit', resolve));
    this.child.kill();
    await exited;
  }
}
