import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';

export interface Run {
  readonly exitCode: number | undefined;
  readonly output: string;
}

/** Runs a program to its end, or to the time limit. @throws Error if it is not installed. */
export async function run(
  program: string,
  args: readonly string[],
  limitMs: number,
  options: Pick<SpawnOptions, 'cwd' | 'env'> = {},
): Promise<Run> {
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', data => (output += String(data)));
  try {
    const code = await ended(child, program);
    return { exitCode: code ?? undefined, output };
  } finally {
    clearTimeout(timer);
  }
}

function ended(child: ChildProcess, program: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', () => reject(missing(program)));
  });
}

export function missing(program: string): Error {
  const from = program.startsWith('turnutils_') ? ', which the Debian package coturn has' : '';
  return new Error(`a program is missing (got no ${program}): install it${from}`);
}
