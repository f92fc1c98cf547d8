/** Where a rendered Secret belongs, and what must be in it. */
export interface SecretUse {
  readonly namespace: string;
  /** Fixed entries of the Secret, none of them secret; empty for a certificate. */
  readonly keys?: Readonly<Record<string, string>>;
  /** Names that a certificate must hold, asked at synthesis. */
  readonly dnsNames?: () => readonly string[];
}
