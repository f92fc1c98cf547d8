import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { USER, type Place } from './server-commands';

/** Writes what the relay is to serve; each version differs from the last in a route without traffic. */
export function writeRelayConfig(place: Place, version: number): void {
  const { port, transport = 'udp', certificate, logLevel = 'all:WARN' } = place;
  const listeners = [...new Set(['udp', transport])].map(each => ({
    ...{ name: each, protocol: `turn-${each}`, address: '127.0.0.1', port, routes: ['all', 'idle'] },
    ...(each === 'tls' ? { cert: base64(certificate!.cert), key: base64(certificate!.key) } : {}),
  }));
  const config = {
    version: 'v1',
    admin: { name: 'bench/relay', loglevel: logLevel, healthcheck_endpoint: '' },
    auth: { type: 'static', realm: 'bench', credentials: USER },
    listeners,
    clusters: [
      { name: 'all', type: 'STATIC', endpoints: ['0.0.0.0/0', '::/0'] },
      { name: 'idle', type: 'STATIC', endpoints: [`10.0.0.${version & 0xff}/32`] },
    ],
  };
  writeFileSync(relayConfigFile(place.folder), JSON.stringify(config));
}

export function relayConfigFile(folder: string): string {
  return join(folder, 'relay.json');
}

function base64(file: string): string {
  return readFileSync(file).toString('base64');
}
