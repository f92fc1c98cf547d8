import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { chromium, type Browser as PlaywrightBrowser } from 'playwright-core';
import type { Host } from './host';
import { Participant } from './participant';

/** The Debian package's. */
const PROGRAM = '/usr/bin/chromium';
/** A secure context, without which there is no camera; never looked up. */
const ORIGIN = 'http://localhost/';

const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update', '--autoplay-policy=no-user-gesture-required'],
  ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'],
];

/** Chromium on a host, with a made-up camera and microphone. */
export class Browser {
  private constructor(
    private readonly browser: PlaywrightBrowser,
    private readonly script: string,
  ) {}

  /** @param home holds the certificates that it trusts. */
  static async start(host: Host, home: string): Promise<Browser> {
    mkdirSync(home, { recursive: true });
    // The driver talks over pipes, which know no network namespaces.
    const executablePath = join(home, 'chromium');
    writeFileSync(executablePath, `#!/bin/sh\nexec ${host.here.join(' ')} ${PROGRAM} "$@" 2>/dev/null\n`);
    chmodSync(executablePath, 0o755);
    const env = { ...process.env, HOME: home };
    return new Browser(await chromium.launch({ executablePath, args: FLAGS, env }), pageScript());
  }

  /** A page of its own that takes part in one call. */
  async participant(): Promise<Participant> {
    const page = await this.browser.newPage();
    await page.route(ORIGIN, route => route.fulfill({ contentType: 'text/html', body: '<!doctype html>' }));
    await page.goto(ORIGIN);
    await page.addScriptTag({ content: this.script });
    return new Participant(page);
  }

  async stop(): Promise<void> {
    await this.browser.close();
  }
}

function pageScript(): string {
  const entryPoints = [join(__dirname, 'page', 'participant.ts')];
  const { outputFiles } = buildSync({ entryPoints, bundle: true, format: 'iife', write: false });
  return outputFiles[0]!.text;
}
