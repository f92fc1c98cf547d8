import { type ChildProcess, execFileSync, spawn, type SpawnOptions } from 'node:child_process';

/** A host of a `Network`: a network namespace. */
export class Host {
  constructor(readonly namespace: string) {}

  /** The words before a command that run it here. */
  get here(): readonly string[] {
    return ['ip', 'netns', 'exec', this.namespace];
  }

  /** Runs a program here to its end. @returns what it wrote. @throws Error with its complaint if it fails. */
  run(program: string, args: readonly string[], input?: string): string {
    const [first, ...rest] = [...this.here, program, ...args];
    return execFileSync(first!, rest, { encoding: 'utf8', input, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  spawn(words: readonly string[], options: SpawnOptions): ChildProcess {
    const [first, ...rest] = [...this.here, ...words];
    return spawn(first!, rest, options);
  }

  /** Processes here. */
  get pids(): readonly number[] {
    const listed = execFileSync('ip', ['netns', 'pids', this.namespace], { encoding: 'utf8' });
    return listed.split('\n').filter(Boolean).map(Number);
  }

  /** Turns an interface on, with these addresses. */
  address(link: string, addresses: readonly string[]): void {
    for (const address of addresses) {
      // No wait for a duplicate that cannot be there.
      const family = address.includes(':') ? ['nodad'] : [];
      this.run('ip', ['address', 'add', address, 'dev', link, ...family]);
    }
    this.run('ip', ['link', 'set', link, 'up']);
  }

  awaitCarrier(link: string): void {
    const script = 'until ip -o link show dev "$0" | grep -q "state UP"; do sleep 0.02; done';
    this.run('timeout', ['10', 'sh', '-c', script, link]);
  }

  /** Sends what is meant for a prefix, or `default`, by way of a neighbour. */
  route(prefix: string, via: string): void {
    this.run('ip', [...(via.includes(':') ? ['-6'] : []), 'route', 'replace', prefix, 'via', via]);
  }

  /** Puts an nftables table in place of the one of that name. @param chains by name, line by line. */
  table(name: string, chains: Readonly<Record<string, readonly string[]>>): void {
    const body = Object.entries(chains).map(([chain, lines]) => `chain ${chain} {\n${lines.join('\n')}\n}`);
    const table = `table inet ${name}`;
    this.run('nft', ['-f', '-'], [table, `delete ${table}`, `${table} {`, ...body, '}', ''].join('\n'));
  }

  /** Takes an nftables table away. */
  withoutTable(name: string): void {
    this.run('nft', ['delete', 'table', 'inet', name]);
  }
}
