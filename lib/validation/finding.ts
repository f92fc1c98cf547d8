/** Something that is wrong with a rendered object, or with what it refers to. */
export interface Finding {
  /** The rule that was broken, such as `reference` or `schema`. */
  readonly rule: string;

  /** The object, as `<group>/<kind> <namespace>/<name>`. */
  readonly object: string;

  /** What is wrong, the value seen, what would be right, and the likely fix. */
  readonly message: string;
}
