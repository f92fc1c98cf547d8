import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { Host } from './host';

const PREFIX = 'calls';
let created = 0;

/**
 * Hosts, each in a network namespace of its own, joined by veth pairs. Its names are its own, so that several may be
 * there at a time, with the same addresses.
 */
export class Network {
  private readonly hosts: Host[] = [];
  private readonly name = `${PREFIX}-${process.pid}-${created++}`;

  constructor() {
    removeAbandoned();
  }

  /** A host with nothing but a loopback interface. Routers forward packets between their interfaces. */
  host(name: string, { forwards = false } = {}): Host {
    const host = new Host(`${this.name}-${name}`);
    this.hosts.push(host);
    ip('netns', 'add', host.namespace);
    host.run('ip', ['link', 'set', 'lo', 'up']);
    const forward = forwards ? '1' : '0';
    host.run('sysctl', ['-qw', `net.ipv4.ip_forward=${forward}`, `net.ipv6.conf.all.forwarding=${forward}`]);
    return host;
  }

  /** Joins two hosts. Each end is an interface and its addresses, as in `eth0 10.77.1.2/24 fd77:1::2/64`. */
  join(one: Host, oneEnd: string, other: Host, otherEnd: string): void {
    const [oneLink, ...oneAddresses] = oneEnd.split(' ') as [string, ...string[]];
    const [otherLink, ...otherAddresses] = otherEnd.split(' ') as [string, ...string[]];
    const peer = ['peer', 'name', otherLink, 'netns', other.namespace];
    ip('link', 'add', oneLink, 'netns', one.namespace, 'type', 'veth', ...peer);
    one.address(oneLink, oneAddresses);
    other.address(otherLink, otherAddresses);
    // The kernel tells of a carrier some time after it is there, and programs see no addresses until then.
    one.awaitCarrier(oneLink);
    other.awaitCarrier(otherLink);
  }

  /** Ends every process of the hosts, and removes them. */
  remove(): void {
    for (const host of this.hosts.splice(0)) removeHost(host);
  }
}

/** What a run that was ended before its time has left behind. */
function removeAbandoned(): void {
  for (const line of ip('netns', 'list').split('\n')) {
    const [namespace, owner] = new RegExp(`^${PREFIX}-(\\d+)-\\S+`).exec(line) ?? [];
    if (namespace !== undefined && !existsSync(`/proc/${owner}`)) removeHost(new Host(namespace));
  }
}

function removeHost({ namespace, pids }: Host): void {
  for (const pid of pids) end(pid);
  ip('netns', 'delete', namespace);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has ended by itself.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function ip(...args: readonly string[]): string {
  return execFileSync('ip', args, { encoding: 'utf8' });
}
