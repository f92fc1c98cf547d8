import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { RelayIo } from '../../../relay/src/io/relay-io';
import { Attribute, MessageClass, Method } from '../../../relay/src/stun/constants';
import { TurnServer } from '../../../relay/src/turn/server';
import type { Transport } from '../../../relay/src/turn/flow';
import { closeAll, DtlsClient } from '../io/dtls-support';
import { certificateFor, eventually, freePort, listenerConfig } from '../io/support';
import { TurnStream } from '../io/turn-stream';
import { Harness, settings } from '../turn/harness';
import { rule } from './rule';

// What is demanded of a server's sockets: the relay's own, on loopback.

const closers: (() => unknown)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
  closeAll();
});

const CERTIFICATES = { ecdsa: certificateFor('turn.example.org'), rsa: certificateFor('turn.example.org', 'rsa') };

async function serve(transport: Transport, key: keyof typeof CERTIFICATES = 'ecdsa') {
  const config = listenerConfig({ transport, port: await freePort(), certificate: CERTIFICATES[key] });
  const [listener] = settings().listeners.values();
  const listeners = new Map([[config.name, { ...listener!, transport, port: config.port }]]);
  const io = new RelayIo(
    sink =>
      new TurnServer({
        sink,
        events: new Harness(),
        settings: { ...settings(), listeners },
        unixSeconds: () => 1_000_000,
        random: randomBytes,
        hashSeed: 1,
        now: 0,
      }),
    { events: { listening: () => undefined, listenerProblem: () => undefined }, relayAddresses: ['127.0.0.1'] },
  );
  closers.push(() => io.close());
  io.apply([config]);
  await eventually('the listener', () => io.isListening(config.name));
  return { io, port: config.port };
}

async function allocated(stream: TurnStream): Promise<void> {
  const answer = await stream.request(Method.Allocate, w => w.uint32(Attribute.RequestedTransport, 17 << 24));
  expect(answer.messageClass).toBe(MessageClass.Success);
}

async function tls(port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
  closers.push(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

describe('TCP', () => {
  rule(
    'RFC 8489 6.2.2',
    'a connection carries many transactions, and the client closes it, not the server',
    async () => {
      const { port } = await serve('tcp');
      const stream = await TurnStream.open(port);
      closers.push(() => stream.socket.destroy());
      await allocated(stream);
      for (let i = 0; i < 5; i++) await stream.request(Method.Refresh);
      await sleep(500);
      expect(stream.ended).toBe(false);
      expect((await stream.request(Method.Refresh)).messageClass).toBe(MessageClass.Success);
    },
  );
  rule('RFC 8656 5', 'an allocation over a stream ends with its connection', async () => {
    const { io, port } = await serve('tcp');
    const stream = await TurnStream.open(port, false);
    await allocated(stream);
    expect(io.core.store.size).toBe(1);
    stream.socket.end();
    await eventually('the end of the allocation', () => io.core.store.size === 0);
  });
});

describe('TLS', () => {
  const only = (ciphers: string) => ({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers }) as const;

  rule('RFC 8489 6.2.3', 'TLS 1.2 with TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', async () => {
    const { port } = await serve('tls');
    const socket = await tls(port, only('ECDHE-ECDSA-AES128-GCM-SHA256'));
    expect(socket.getCipher().standardName).toBe('TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256');
  });
  rule('RFC 8489 6.2.3', 'TLS 1.2 with TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', async () => {
    const { port } = await serve('tls', 'rsa');
    const socket = await tls(port, only('ECDHE-RSA-AES128-GCM-SHA256'));
    expect(socket.getCipher().standardName).toBe('TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256');
  });
  rule('RFC 8489 6.2.3', 'TLS before 1.2 is refused', async () => {
    const { port } = await serve('tls');
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' } as const;
    await expect(tls(port, old)).rejects.toThrow(/alert|version/i);
  });
});

describe('DTLS', () => {
  rule('RFC 8489 6.2.3', 'DTLS 1.2 with TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', async () => {
    const { port } = await serve('dtls');
    const client = new DtlsClient(port, ['-cipher', 'ECDHE-ECDSA-AES128-GCM-SHA256']);
    expect(await client.text(/Cipher is .*\n/)).toContain('Cipher is ECDHE-ECDSA-AES128-GCM-SHA256');
  });
  rule('RFC 8489 6.2.3', 'DTLS 1.2 with TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', async () => {
    const { port } = await serve('dtls', 'rsa');
    const client = new DtlsClient(port, ['-cipher', 'ECDHE-RSA-AES128-GCM-SHA256']);
    expect(await client.text(/Cipher is .*\n/)).toContain('Cipher is ECDHE-RSA-AES128-GCM-SHA256');
  });
  rule('RFC 8489 6.2.3', 'DTLS 1.0 is refused', async () => {
    const { port } = await serve('dtls');
    const old = new DtlsClient(port, ['-no_dtls1_2', '-cipher', 'ALL:@SECLEVEL=0']);
    await eventually('the refusal', () => old.hasEnded);
    expect(old.received.toString()).not.toMatch(/Cipher is ECDHE/);
  });
});
