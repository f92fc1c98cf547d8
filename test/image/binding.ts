import { createSocket } from 'node:dgram';
import { randomBytes } from 'node:crypto';

const BINDING_REQUEST = Buffer.from('000100002112a442', 'hex');
const BINDING_SUCCESS = 0x0101;

/** Asks a STUN server on this host until it answers (RFC 8489 6.2.1). @throws Error after the time limit */
export async function binding(port: number, limitMs: number): Promise<void> {
  const socket = createSocket('udp4');
  const transaction = randomBytes(12);
  const ask = (): void => socket.send(Buffer.concat([BINDING_REQUEST, transaction]), port, '127.0.0.1');
  const timer = setInterval(ask, 100);
  let limit: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      limit = setTimeout(() => reject(new Error(`no Binding response (got none in ${limitMs} ms)`)), limitMs);
      socket.on('message', message => {
        if (message.readUInt16BE(0) === BINDING_SUCCESS && message.subarray(8, 20).equals(transaction)) resolve();
      });
      ask();
    });
  } finally {
    clearInterval(timer);
    clearTimeout(limit);
    socket.close();
  }
}
