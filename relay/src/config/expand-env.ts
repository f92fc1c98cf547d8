import { isIP } from 'node:net';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Replaces `$NAME` and `${NAME}` by their values, and by nothing where there is none; other dollar signs stay. */
export function expandEnv(text: string, env: Environment): string {
  return text.replace(/\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g, (_, braced?: string, bare?: string) => {
    const name = (braced ?? bare)!;
    return Object.hasOwn(env, name) ? (env[name] ?? '') : '';
  });
}

/** `$STUNNER_ADDR`, the address of the pod; undefined if it is none, such as the empty text of a pod that has none yet. */
export function podAddress({ STUNNER_ADDR = '' }: Environment): string | undefined {
  return isIP(STUNNER_ADDR) === 0 ? undefined : STUNNER_ADDR;
}
