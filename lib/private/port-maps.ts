import { TurnListener } from '../turn-listener';
import { TARGET_PORT_ANNOTATION } from './contract';

export const NODE_PORT_ANNOTATION = 'stunner.l7mp.io/nodeport';

type PortMap = Readonly<Record<string, number>>;

/** Ports by listener, as an annotation has them; none in a text that does not parse. */
export function portMap(text: string | undefined): PortMap {
  return parsed(text) ?? {};
}

/** The annotations by which listeners are given a port of the pods, or of the nodes, beside those that are given as they are. */
export function portAnnotations(
  listeners: readonly TurnListener[],
  annotations: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return {
    ...annotation(TARGET_PORT_ANNOTATION, annotations, listeners, ({ targetPort }) => targetPort),
    ...annotation(NODE_PORT_ANNOTATION, annotations, listeners, ({ nodePort }) => nodePort),
  };
}

function annotation(
  key: string,
  annotations: Readonly<Record<string, string>>,
  listeners: readonly TurnListener[],
  portOf: (listener: TurnListener) => number | undefined,
): Record<string, string> {
  const chosen = listeners.filter(listener => portOf(listener) !== undefined);
  const given = parsed(annotations[key]);
  // A text that does not parse stays as it is, for validation to complain of.
  if (chosen.length === 0 || given === undefined) return {};
  const ports = Object.fromEntries(chosen.map(listener => [listener.name, portOf(listener)]));
  return { [key]: JSON.stringify({ ...given, ...ports }) };
}

function parsed(text = '{}'): PortMap | undefined {
  try {
    return JSON.parse(text) as PortMap;
  } catch {
    return undefined;
  }
}
