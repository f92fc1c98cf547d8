import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Layout } from './layout';

const ROOT = join(__dirname, '../..');

/** The image as `npm run image` builds it, from a process whose surroundings are these. */
export function buildImage(folder: string, surroundings: { umask: string; timeZone: string; locale: string }): Layout {
  const { umask, timeZone, locale } = surroundings;
  const command = `umask ${umask} && exec tsx relay/image/main.ts --output "$0"`;
  execFileSync('sh', ['-c', command, folder], {
    cwd: ROOT,
    env: { ...process.env, PATH: `${ROOT}/node_modules/.bin:${process.env.PATH}`, TZ: timeZone, LC_ALL: locale },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return new Layout(folder);
}
