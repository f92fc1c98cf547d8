import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { built, buildWithGo } from './assets';

const NAME = 'discovery-service';

/**
 * Builds it from STUNner's published module; the first time takes minutes, for it comes with Kubernetes' client.
 *
 * @returns what is missing, if it cannot be built here
 */
export const buildDiscoveryService = (): string | undefined => buildWithGo(NAME);

/** STUNner's own config discovery service, with what an operator would tell it told by the test. */
export class DiscoveryService {
  private readonly child: ChildProcess;
  private readonly said: string[] = [];
  private readonly waiting = new Set<() => void>();

  private constructor(address: string) {
    this.child = spawn(built(NAME), [address], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.child.stdout! }).on('line', line => {
      this.said.push(line);
      for (const wake of this.waiting) wake();
    });
  }

  static async start(address: string): Promise<DiscoveryService> {
    const service = new DiscoveryService(address);
    await service.hears('listening');
    return service;
  }

  async serve(config: unknown): Promise<void> {
    await this.tell(JSON.stringify(config), 'served');
  }

  /** What the operator does when a Gateway is gone: clients are sent a configuration of nothing. */
  async delete(id: string): Promise<void> {
    await this.tell(`delete ${id}`, 'deleted');
  }

  async stop(): Promise<void> {
    const exited = new Promise(resolve => this.child.once('exit', resolve));
    this.child.kill('SIGKILL');
    await exited;
  }

  private async tell(line: string, answer: string): Promise<void> {
    const heard = this.hears(answer);
    this.child.stdin!.write(`${line}\n`);
    await heard;
  }

  private hears(word: string): Promise<void> {
    const from = this.said.length;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the discovery service does not say "${word}"`)), 10_000);
      const look = (): void => {
        if (!this.said.slice(from).some(line => line.startsWith(word))) return;
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve();
      };
      this.waiting.add(look);
    });
  }
}
