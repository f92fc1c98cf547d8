import { isDeepStrictEqual } from 'node:util';
import type { ConfigListener, ConfigProblem } from './config-source';
import type { RelayConfig } from './relay-config';

export type Outcome =
  | { readonly config: RelayConfig; readonly warnings: readonly ConfigProblem[] }
  | { readonly problems: readonly ConfigProblem[] };

/** Tells a listener of an outcome only if it differs from the one before. */
export class Outcomes {
  private last: Outcome | undefined;

  constructor(private readonly listener: ConfigListener) {}

  deliver(outcome: Outcome): void {
    if (isDeepStrictEqual(outcome, this.last)) return;
    this.last = outcome;
    if ('config' in outcome) this.listener.config(outcome.config, outcome.warnings);
    else this.listener.problems(outcome.problems);
  }
}
