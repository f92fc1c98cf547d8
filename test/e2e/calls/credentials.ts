import { createHmac } from 'node:crypto';
import type { IceServer } from './call-report';

/** What an application's backend hands out: a user name with its expiry, and a password that proves it. */
export function iceServer(urls: string | readonly string[], secret: string, seconds = 3600): IceServer {
  const username = `${Math.floor(Date.now() / 1000) + seconds}:caller`;
  return { urls, username, credential: createHmac('sha1', secret).update(username).digest('base64') };
}
