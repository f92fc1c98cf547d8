import { isIPv6 } from 'node:net';
import { DISCOVERY_PORT } from '../contract';
import { UsageError } from './flags';
import type { TurnUri } from './turn-uri';

/** Where the configuration comes from. */
export type ConfigOrigin =
  /** The config discovery service at a URL. */
  | { readonly kind: 'discovery'; readonly url: string }
  /** Folders and files of Kubernetes manifests. */
  | { readonly kind: 'manifests'; readonly paths: readonly string[] }
  /** A stunnerd configuration file. */
  | { readonly kind: 'file'; readonly path: string }
  /** The Kubernetes API. */
  | { readonly kind: 'kubernetes' }
  /** One listener and one user, on the command line. */
  | { readonly kind: 'uri'; readonly uri: TurnUri };

const FORMS = 'HOST:PORT, an http:// URL, file://PATH or k8s';

/**
 * Reads what `--config` says: `10.0.0.1:13478`, `:13478` (this host), `http://host:13478`, `file:///etc/relay.yaml` or
 * `k8s`. A path that cannot be a host is a file too. @throws UsageError if it is none of these.
 */
export function parseConfigOrigin(text: string): ConfigOrigin {
  if (text === 'k8s') return { kind: 'kubernetes' };
  const path = text.startsWith('file://') ? text.slice('file://'.length) : text;
  if (path !== text || isPath(text)) {
    if (path === '') throw new UsageError(`the origin names no file (got ${text}): ${FORMS}`);
    return { kind: 'file', path };
  }
  return { kind: 'discovery', url: discoveryUrl(text) };
}

/** The URL of a discovery service at `HOST`, `HOST:PORT` or a URL. @throws UsageError if it is none of these. */
export function discoveryUrl(text: string, defaultPort = DISCOVERY_PORT): string {
  const isUrl = /^https?:\/\//i.test(text);
  const authority = isIPv6(text) ? `[${text}]` : text.startsWith(':') ? `127.0.0.1${text}` : text;
  const candidate = isUrl ? text : `http://${authority}`;
  if (text === '' || (!isUrl && /[/?#@\s]/.test(text)) || !URL.canParse(candidate)) {
    throw new UsageError(`the origin is not readable (got ${withoutUser(text)}): ${FORMS}`);
  }
  const url = new URL(candidate);
  if (!isUrl && url.port === '' && !authority.endsWith(':80')) url.port = String(defaultPort);
  return url.href.replace(/\/$/, '');
}

function isPath(text: string): boolean {
  return !text.includes('://') && (/^[./~]/.test(text) || /\.(ya?ml|json)$/i.test(text));
}

function withoutUser(text: string): string {
  return text.replace(/^.*@/s, '…@');
}
