/** Where an admin server listens. */
export interface AdminEndpoint {
  /** Undefined: every local address. */
  readonly host: string | undefined;
  readonly port: number;
  readonly path: string;
}

/**
 * Reads a URL that may leave its host out, such as `http://:8086`, which no URL parser takes.
 * @throws RangeError if it is not an http URL.
 */
export function parseEndpoint(endpoint: string): AdminEndpoint {
  const hostless = /^http:\/\/(?=[:/]|$)/.test(endpoint);
  const text = hostless ? endpoint.replace('http://', 'http://all') : endpoint;
  if (!URL.canParse(text) || !text.startsWith('http://')) {
    throw new RangeError(`not an endpoint (got ${endpoint}): http://[HOST]:PORT[/PATH]`);
  }
  const { hostname, port, pathname } = new URL(text);
  const host = hostless ? undefined : hostname.replace(/^\[|\]$/g, '');
  return { host, port: port === '' ? 80 : Number(port), path: pathname };
}

/** Whether only this host can reach it. @throws RangeError if it is not an endpoint */
export function isLoopbackEndpoint(endpoint: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(parseEndpoint(endpoint).host ?? '');
}

/** Whether `parseEndpoint` takes it; an empty text means nowhere. */
export function isEndpoint(text: string): boolean {
  try {
    if (text !== '') parseEndpoint(text);
    return true;
  } catch {
    return false;
  }
}
