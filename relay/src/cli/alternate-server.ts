import { isIP } from 'node:net';
import { Endpoint } from '../net/endpoint';
import type { AlternateServer } from '../turn/redirect';
import { UsageError } from './flags';

/** A DNS name that a certificate can hold. */
const DOMAIN = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/i;

/**
 * The server that a draining relay sends new clients to (RFC 8489 10): `IP:PORT` or `[IPV6]:PORT`, one of each family at
 * most. Undefined if none is named.
 *
 * @throws UsageError
 */
export function alternateServerOf(texts: readonly string[], domain: string | undefined): AlternateServer | undefined {
  if (domain !== undefined && !DOMAIN.test(domain))
    throw new UsageError(`--alternate-domain is not a name (got ${domain}): that of the other server's certificate`);
  if (texts.length === 0) {
    if (domain === undefined) return undefined;
    throw new UsageError(`--alternate-domain names no server (got ${domain}): give its --alternate-server too`);
  }
  const addresses = texts.map(endpointOf);
  if (new Set(addresses.map(({ family }) => family)).size < addresses.length)
    throw new UsageError(
      `two --alternate-server of one family (got ${texts.join(', ')}): one IPv4 and one IPv6 address`,
    );
  return { addresses, domain };
}

function endpointOf(text: string): Endpoint {
  const [, ipv6, ipv4, port] = /^(?:\[([^\]%]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const isAddress = isIP(ipv6 ?? '') === 6 || isIP(ipv4 ?? '') === 4;
  const isPort = Number(port) >= 1 && Number(port) <= 65_535;
  const endpoint = isAddress && isPort ? Endpoint.of((ipv6 ?? ipv4)!, Number(port)) : undefined;
  if (endpoint !== undefined && !endpoint.isUnspecified) return endpoint;
  throw new UsageError(
    `--alternate-server is not a transport address (got ${text}): IP:PORT or [IPV6]:PORT, such as 203.0.113.7:3478`,
  );
}
