/** Tells the script that writes CONFORMANCE.md which tests are rules; the mark is no part of the text. */
export const RULE = 'RULE';
export const NOT_YET = 'NOT YET';

type Check = (() => void) | (() => Promise<void>);

/**
 * One demand that a specification makes of a server.
 * @param clause such as `RFC 8656 7.2`: the report is in order of it.
 * @param text the demand in our own words.
 */
export function rule(clause: string, text: string, check: Check): void {
  test(`${RULE} ${clause}: ${text}`, check);
}

/** A demand that is not met, as the check proves: once it is, this fails until it is a `rule`. */
export function notYet(clause: string, text: string, check: Check): void {
  test.failing(`${NOT_YET} ${clause}: ${text}`, check);
}
