/**
 * A long way to a server: takes datagrams here, and sends them on to it, and its answers back, each after a delay that
 * varies; none overtakes another. Arguments: port, server, its port, delay and jitter in milliseconds.
 */
import { createSocket, type Socket } from 'node:dgram';

const [, , port, server, serverPort, delay, jitter] = process.argv;

/** Gives a function that calls back later, in order. */
function line(): (arrived: () => void) => void {
  let last = 0;
  return arrived => {
    const now = performance.now();
    last = Math.max(last, now + Number(delay) + (Math.random() * 2 - 1) * Number(jitter));
    setTimeout(arrived, last - now);
  };
}

const here = createSocket('udp4');
const clients = new Map<string, Socket>();
const [there, back] = [line(), line()];

here.on('message', (data, { address, port: clientPort }) => {
  const client = `${address}:${clientPort}`;
  const socket = clients.get(client) ?? createSocket('udp4');
  if (!clients.has(client)) {
    clients.set(client, socket);
    socket.on('message', answer => back(() => here.send(answer, clientPort, address)));
  }
  there(() => socket.send(data, Number(serverPort), server));
});
here.bind(Number(port), () => console.log('ready'));
