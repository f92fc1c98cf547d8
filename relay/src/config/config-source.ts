import type { RelayConfig } from './relay-config';

/** One thing that is wrong with an input, told so that a person can mend it. */
export interface ConfigProblem {
  /** File or URL it stands in, if any. */
  readonly file?: string;
  /** `Kind namespace/name`, if it concerns an object. */
  readonly object?: string;
  /** Path of the field, such as `spec.listeners[0].port`. */
  readonly field?: string;
  readonly message: string;
}

export interface ConfigListener {
  /** A whole, valid configuration. `warnings` are parts that were left out of it, each with its reason. */
  config(config: RelayConfig, warnings: readonly ConfigProblem[]): void;
  /** The input is unusable; whatever ran before runs on. */
  problems(problems: readonly ConfigProblem[]): void;
}

/** Where configurations come from. */
export interface ConfigSource {
  /** Delivers the first configuration or its problems before it resolves, and changes until `close`. */
  start(listener: ConfigListener): Promise<void>;
  /** The relay drains: what one of several replicas does is left to the others. Changes are delivered all the same. */
  resign?(): Promise<void>;
  close(): Promise<void>;
}

/** `file: Kind ns/name: field: message`, leaving out what is not known. */
export function problemText(problem: ConfigProblem): string {
  return [problem.file, problem.object, problem.field, problem.message].filter(part => part !== undefined).join(': ');
}
