import { IConstruct } from 'constructs';
import { acknowledge, cautionsBelow } from './private/warn';

/** Something that works, and that a platform team should know of before it is delivered. */
export interface Warning {
  /** What the warning is about, such as `shared-credential`: the name by which it is acknowledged. */
  readonly rule: string;

  /** Path of the construct. */
  readonly path: string;

  /** What is questionable, the value seen, what would be better, and the likely fix. */
  readonly message: string;
}

/** Warnings of a construct and of what is below it. What cannot work at all is an error, and not here. */
export class Warnings {
  /**
   * The warnings of a construct, asked at any time; those of an app are all there are.
   *
   * @param scope a construct
   */
  public static of(scope: IConstruct): Warnings {
    return new Warnings(scope);
  }

  private constructor(private readonly scope: IConstruct) {}

  /** The warnings that nobody has acknowledged, in the order of the constructs. */
  public list(): Warning[] {
    return cautionsBelow(this.scope);
  }

  /**
   * Takes note of a warning: it is told no more for this construct and what is below it.
   *
   * @param rule name of the rule
   */
  public acknowledge(rule: string): void {
    acknowledge(this.scope, rule);
  }
}
