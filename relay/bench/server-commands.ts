import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programOf, type ServerName } from './installed-servers';
import { relayConfigFile } from './relay-config';
import { LOOPBACK, type ClientTransport } from './scenario';

export const USER = { username: 'user', password: 'pass' };

export interface ServerOptions {
  readonly family: 4 | 6;
  /** What clients come by; UDP is served beside it, on the same port. @default udp */
  readonly transport?: ClientTransport;
  /** CPUs it may run on, as taskset writes them. @default 0: the generator has another */
  readonly cpus?: string;
  /** Threads for UDP clients. @default 1 */
  readonly threads?: number;
  /** Command line of Node itself, for the relay. */
  readonly nodeFlags?: readonly string[];
  /** What the relay logs, as its `--log` takes it. @default all:WARN */
  readonly logLevel?: string;
}

/** Where and how a server is to run. */
export interface Place extends ServerOptions {
  readonly port: number;
  /** Its own, for as long as it runs. */
  readonly folder: string;
  /** Files of a certificate and its key. */
  readonly certificate?: { readonly cert: string; readonly key: string };
}

/** Command line of a server. */
export const COMMANDS: Readonly<Record<ServerName, (place: Place) => string[]>> = {
  relay: ({ folder, nodeFlags = [], threads = 1 }) => {
    const addresses = ['--relay-address', '127.0.0.1', '--relay-address', '::1'];
    const loopback = ['--allow-peer', '127.0.0.0/8', '--allow-peer', '::1'];
    const limits = ['--allocations-per-source', '0', '--replies-per-second', '0', '--udp-thread-num', `${threads}`];
    const source = ['--config', `file://${relayConfigFile(folder)}`, '--watch'];
    return [process.execPath, ...nodeFlags, programOf('relay'), ...source, ...addresses, ...loopback, ...limits];
  },
  coturn: ({ port, folder, certificate, threads = 1 }) => [
    ...[programOf('coturn'), '-n', '-m', `${threads}`, '-p', `${port}`],
    ...Object.values(LOOPBACK).flatMap(address => ['-L', address, '-E', address]),
    ...['--no-cli', '--no-dtls', '--no-software-attribute', '--allow-loopback-peers'],
    // Its plain port takes TLS too.
    ...(certificate === undefined ? ['--no-tls'] : ['--cert', certificate.cert, '--pkey', certificate.key]),
    ...['-a', '-u', `${USER.username}:${USER.password}`, '-r', 'bench'],
    ...['--log-file', join(folder, 'log'), '--simple-log', '--pidfile', join(folder, 'pid')],
  ],
  pion: ({ port, family, certificate, transport = 'udp' }) => [
    ...[programOf('pion'), '-address', LOOPBACK[family], '-port', `${port}`, '-transport', transport],
    ...['-username', USER.username, '-password', USER.password],
    ...(certificate === undefined ? [] : ['-cert', certificate.cert, '-key', certificate.key]),
  ],
  'turn-server': ({ port, folder, family, certificate, transport = 'udp' }) => {
    const address = LOOPBACK[family];
    const options = {
      auth: { mechanism: 'long-term', realm: 'bench', credentials: { [USER.username]: USER.password } },
      relay: { ip: address, externalIp: address },
    };
    const listeners = [...new Set(['udp', transport])].map(each => ({
      port,
      address,
      transport: each,
      ...certificate,
    }));
    return script(
      folder,
      `import { createServer } from ${JSON.stringify(programOf('turn-server'))};
       createServer(${JSON.stringify(options)}).listen(${JSON.stringify(listeners)});`,
    );
  },
  'node-turn': ({ port, folder, family }) => {
    const address = LOOPBACK[family];
    const options = {
      ...{ listeningIps: [address], listeningPort: port, relayIps: [address] },
      ...{ authMech: 'long-term', realm: 'bench', credentials: { [USER.username]: USER.password } },
    };
    return script(
      folder,
      `import Turn from ${JSON.stringify(programOf('node-turn'))}; new Turn(${JSON.stringify(options)}).start();`,
    );
  },
};

function script(folder: string, text: string): string[] {
  const file = join(folder, 'server.mjs');
  writeFileSync(file, text);
  return [process.execPath, file];
}
