import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Answer, Route } from '../admin-server';
import type { IceTest } from './ice-test';

/** Beside the bundle once the relay is built. */
const PAGE = join(__dirname, 'icetest.html');

/** `/` and `/offer` of the ICE test. */
export function iceTestRoutes(test: IceTest, file = PAGE): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ['/', request => guarded(request, () => page(file))],
    ['/offer', request => guarded(request, () => offer(test))],
  ]);
}

/**
 * Only who asks for this very host by a loopback name gets an answer. A page of another site can make its own name resolve
 * to 127.0.0.1 (DNS rebinding), but it cannot make the browser ask for another.
 */
function guarded({ headers: { host = '' } }: IncomingMessage, answer: () => Answer): Answer {
  if (/^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/i.test(host)) return answer();
  return text(403, 'Open this page as http://localhost or http://127.0.0.1, with the port that you forward.\n');
}

function page(file: string): Answer {
  if (!existsSync(file)) return text(503, 'The page is not built: npm run build.\n');
  const html = readFileSync(file, 'utf8');
  const hashes = (tag: string): string =>
    [...html.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))]
      .map(([, content = '']) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`)
      .join(' ');
  const policy = [
    "default-src 'none'",
    `script-src ${hashes('script')}`,
    `style-src ${hashes('style')}`,
    "connect-src 'self'",
    // The empty icon, so that no browser asks for one.
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return answer(200, 'text/html; charset=utf-8', html, { 'content-security-policy': policy.join('; ') });
}

function offer(test: IceTest): Answer {
  const offered = test.offer(Date.now());
  if (offered === undefined) return text(503, 'The relay has no configuration yet.\n');
  return answer(200, 'application/json', JSON.stringify(offered));
}

function text(status: number, body: string): Answer {
  return answer(status, 'text/plain; charset=utf-8', body);
}

function answer(status: number, type: string, body: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const guards = {
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  };
  return { status, type, body, headers: { ...guards, ...headers } };
}
