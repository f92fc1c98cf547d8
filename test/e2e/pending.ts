/** Cases of real clients that the relay does not serve yet. One that passes fails its test until it is taken off here. */
const PENDING: readonly string[] = [];

/** Holds what came of a case against `lossless`, or against its being on the list of what is pending. */
export function expectLossless(name: string, outcome: string): void {
  const pending = PENDING.includes(name);
  if (pending && outcome === 'lossless') throw new Error(`"${name}" passes now: take it off the list in pending.ts`);
  if (!pending) expect(outcome).toBe('lossless');
}
