import { lookup } from 'node:dns/promises';
import { Endpoint } from '../net/endpoint';

/** Host names are looked up as often as stunnerd does it. */
const INTERVAL_MS = 5000;

/** The current addresses of host names that routes lead to. A name that cannot be resolved keeps its last addresses. */
export class HostAddresses {
  private names: readonly string[] = [];
  private addresses = new Map<string, readonly Endpoint[]>();
  private timer: NodeJS.Timeout | undefined;

  /** @param changed told when any address is another than before. */
  constructor(
    private readonly changed: () => void,
    private readonly resolve: (name: string) => Promise<readonly string[]> = resolveHost,
  ) {}

  get current(): ReadonlyMap<string, readonly Endpoint[]> {
    return this.addresses;
  }

  /** Looks these names up from now on, and no others. */
  watch(names: readonly string[]): void {
    this.names = [...new Set(names)];
    this.addresses = new Map([...this.addresses].filter(([name]) => this.names.includes(name)));
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.names.length === 0) return;
    this.timer = setInterval(() => void this.refresh(), INTERVAL_MS);
    void this.refresh();
  }

  async refresh(): Promise<void> {
    const before = this.text();
    const { names } = this;
    const answers = await Promise.allSettled(names.map(name => this.resolve(name)));
    if (names !== this.names) return;
    answers.forEach((answer, i) => {
      if (answer.status === 'fulfilled')
        this.addresses.set(
          names[i]!,
          answer.value.map(text => Endpoint.of(text)),
        );
    });
    if (this.text() !== before) this.changed();
  }

  close(): void {
    this.watch([]);
  }

  private text(): string {
    return [...this.addresses]
      .map(
        ([name, all]) =>
          `${name}=${all
            .map(a => a.address)
            .sort()
            .join()}`,
      )
      .sort()
      .join(' ');
  }
}

async function resolveHost(name: string): Promise<readonly string[]> {
  const answers = await lookup(name, { all: true });
  return answers.map(({ address }) => address).filter(address => !address.includes('%'));
}
