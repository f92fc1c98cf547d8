import { createHmac, randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { call, connect, denied } from './call';
import { startMediaEcho } from './media-echo';
import { mediaService, secret, writeOverlay } from './overlay';
import { RelayProcess } from './relay-process';

const HERE = '127.0.0.1';
const GATEWAY = 'stunner/stunner-gateway';
const MANIFESTS = join('dist', 'eu-west-1');
const METADATA_SERVICE = ['169.254.169.254', 80] as const;

function say(what: string, text: string): void {
  console.log(`${what.padEnd(12)}${text}`);
}

async function main(keep: boolean): Promise<void> {
  const manifests = readdirSync(MANIFESTS, { recursive: true, encoding: 'utf8' }).filter(file =>
    file.endsWith('.yaml'),
  );
  say('manifests', `${manifests.length} files in ${MANIFESTS}, as cdk8s synth wrote them`);

  const echo = await startMediaEcho(HERE, 20_000, 20_100);
  const sharedSecret = randomBytes(24).toString('base64url');
  const overlay = await writeOverlay([
    secret('stunner', 'stunner-auth', { type: 'ephemeral', secret: sharedSecret }),
    ...mediaService('acme', 'janus-media', [echo.address], echo.port),
  ]);
  const relay = new RelayProcess(join('relay', 'dist', 'stunnerd.cjs'), [
    ...['--manifests', MANIFESTS, '--manifests', overlay, '--watch'],
    ...['--id', GATEWAY, '--relay-address', HERE],
    // Everything here is on one machine; in a cluster no route may open loopback.
    ...['--allow-peer', `${HERE}/32`],
  ]);
  try {
    const inForce = await relay.line(({ msg }) => msg.startsWith('configuration of'));
    say('relay', inForce.msg);
    await relay.line(({ msg }) => msg.includes('udp-listener receives'));
    await relay.line(({ msg }) => msg.includes('tcp-listener receives'));
    for (const { msg } of relay.lines.filter(({ msg }) => msg.startsWith('listener '))) say('', msg);

    // What an application's backend hands to its users: an expiry, and a password that proves it.
    const username = `${Math.floor(Date.now() / 1000) + 3600}:demo`;
    const credential = createHmac('sha1', sharedSecret).update(username).digest('base64');
    say('credential', `${username}, valid for an hour`);

    const client = await connect({ address: HERE, port: 3478, username, credential });
    const { relayed, sent, roundTrips } = await call(client, [echo.address, echo.port], 50);
    const at = (share: number): string => roundTrips[Math.floor((roundTrips.length - 1) * share)]!.toFixed(2);
    say(
      'call',
      `${HERE}:3478 -> ${relayed} -> ${echo.address}:${echo.port} and back, ${roundTrips.length} of ${sent} packets`,
    );
    if (roundTrips.length < sent) throw new Error(`${sent - roundTrips.length} packets were lost`);
    say('', `round trip ${at(0)} / ${at(0.5)} / ${at(1)} ms (min / median / max)`);

    const answer = await denied(client, METADATA_SERVICE);
    const { msg, reason } = await relay.line(line => line.reason !== undefined);
    say('denied', `${METADATA_SERVICE.join(':')} -> ${answer}`);
    say('', `${msg} [${reason}]`);
    await client.close();

    if (keep) {
      const urls = [`turn:${HERE}:3478?transport=udp`, `turn:${HERE}:3478?transport=tcp`];
      say('iceServers', JSON.stringify([{ urls, username, credential }]));
      say('', `echo at ${echo.address}:${echo.port}; Ctrl-C ends it all`);
      await new Promise(resolve => process.once('SIGINT', resolve).once('SIGTERM', resolve));
    }
  } finally {
    await relay.stop();
    echo.socket.close();
    rmSync(overlay, { recursive: true });
  }
}

main(process.argv.includes('--keep')).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
