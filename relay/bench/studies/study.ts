import type { GeneratorProgram } from '../run-generator';
import type { ServerName } from '../installed-servers';
import type { ServerOptions } from '../server-commands';
import { startServer, type RunningServer } from '../servers';

export interface StudyContext {
  readonly generator: GeneratorProgram;
  /** Servers that are there. */
  readonly servers: readonly ServerName[];
  readonly rounds: number;
  /** 0: as long as the study needs. */
  readonly seconds: number;
  /** 0: as many datagrams as the study needs. */
  readonly packets: number;
}

/** A question about the relay, and how it is answered: line by line. */
export interface Study {
  readonly question: string;
  readonly run: (context: StudyContext) => AsyncIterable<string>;
}

/** Starts a server for as long as it is of use. */
export async function withServer<T>(
  name: ServerName,
  options: Partial<ServerOptions>,
  use: (server: RunningServer) => Promise<T>,
): Promise<T> {
  const server = await startServer(name, { family: 4, ...options });
  try {
    return await use(server);
  } finally {
    await server.stop();
  }
}

export function percent(share: number): string {
  return `${(share * 100).toFixed(3)} %`;
}
