import { problemText, type ConfigProblem } from './config-source';

/** Collects what is wrong with an input; the same thing said twice stands there once. */
export class Problems {
  private readonly byText = new Map<string, ConfigProblem>();

  add(problem: ConfigProblem): void {
    const text = problemText(problem);
    if (!this.byText.has(text)) this.byText.set(text, problem);
  }

  get list(): readonly ConfigProblem[] {
    return [...this.byText.values()];
  }

  get isEmpty(): boolean {
    return this.byText.size === 0;
  }
}
