/**
 * A long way to a server: takes datagrams here, and sends them on to it, and its answers back, each after a delay that
 * varies; none overtakes another. Arguments: port, server, its port, delay and jitter in milliseconds.
 */
import { createSocket, type Socket } from 'node:dgram';

const [, , port, server, serverPort, delay, jitter] = process.argv;

/** Gives a function that calls back later, in order: two timers may change places, so there is one, for the first in line. */
function line(): (arrived: () => void) => void {
  const waiting: { readonly due: number; readonly arrived: () => void }[] = [];
  let last = 0;
  const deliver = (): void => {
    while (waiting.length > 0 && waiting[0]!.due <= performance.now()) waiting.shift()!.arrived();
    if (waiting.length > 0) setTimeout(deliver, waiting[0]!.due - performance.now());
  };
  return arrived => {
    last = Math.max(last, performance.now() + Number(delay) + (Math.random() * 2 - 1) * Number(jitter));
    waiting.push({ due: last, arrived });
    if (waiting.length === 1) deliver();
  };
}

/** Loses nothing on a busy machine. */
const socket = (): Socket => createSocket({ type: 'udp4', recvBufferSize: 1 << 21 });
const here = socket();
const clients = new Map<string, Socket>();
const [there, back] = [line(), line()];

here.on('message', (data, { address, port: clientPort }) => {
  const client = `${address}:${clientPort}`;
  const way = clients.get(client) ?? socket();
  if (!clients.has(client)) {
    clients.set(client, way);
    way.on('message', answer => back(() => here.send(answer, clientPort, address)));
  }
  there(() => way.send(data, Number(serverPort), server));
});
here.bind(Number(port), () => console.log('ready'));
