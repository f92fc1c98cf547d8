/** external-dns changed its prefix in 0.22; each release reads one of the two. */
const PREFIXES = ['external-dns.alpha.kubernetes.io', 'external-dns.kubernetes.io'];

/** What external-dns is told of a record: setting to value, under both prefixes. */
export function externalDns(settings: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(PREFIXES.flatMap(prefix => given.map(([key, value]) => [`${prefix}/${key}`, value])));
}
