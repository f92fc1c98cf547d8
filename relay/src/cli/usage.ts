import { FLAGS, type DocumentedFlag } from './flag-table';
import { ICE_TEST } from './options';

const WIDTH = 100;

/** What `--help` shows. */
export function usage(): string {
  const groups = [...new Set(FLAGS.map(({ group }) => group))];
  const margin = Math.max(...FLAGS.map(flag => flagText(flag).length)) + 2;
  const flagsOf = (wanted: string): string =>
    FLAGS.filter(({ group }) => group === wanted)
      .map(flag => flagText(flag).padEnd(margin) + wrapped(flag.help, margin))
      .join('\n');
  return `stunnerd: a TURN relay for Kubernetes. Clients reach the peers that routes open, and nothing else.

Usage:
  stunnerd [flags]                              serve a gateway
  stunnerd --manifests PATH --watch             serve what a folder of manifests says
  stunnerd [flags] turn://USER:PASSWORD@HOST:PORT?transport=udp|tcp|tls|dtls
                                                serve one listener and one user
  stunnerd icetest [flags]                      serve, and test from a browser:
                                                ${ICE_TEST}
${groups.map(group => `\n${group}:\n${flagsOf(group)}\n`).join('')}
Flags win over the environment. Flags that are not known are reported and ignored.
`;
}

/** `  -c, --config ORIGIN`, long flags in one column. */
function flagText({ short, long, placeholder }: DocumentedFlag): string {
  const name = short === undefined ? `      --${long}` : `  -${short}, --${long}`;
  return placeholder === undefined ? name : `${name} ${placeholder}`;
}

/** Breaks a text between words so that it keeps to its column. */
function wrapped(text: string, margin: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = word;
    else if (margin + line.length + 1 + word.length <= WIDTH) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${' '.repeat(margin)}`);
}
