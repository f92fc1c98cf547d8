import { TurnListener } from '../turn-listener';
import { TARGET_PORT_ANNOTATION } from './contract';
import { PolicyPort } from './network-policy';

/** A port of the relay's container, named like its listener. */
export interface ContainerPort extends PolicyPort {
  readonly name: string;
  readonly port: number;
}

/** The ports that the relay's container listens on: those of the listeners, unless an annotation moves them. */
export function containerPorts(
  listeners: readonly TurnListener[],
  annotations: Readonly<Record<string, string>>,
): ContainerPort[] {
  const moved = targetPorts(annotations[TARGET_PORT_ANNOTATION]);
  return listeners.map(({ name, transport, port }) => {
    return { name, protocol: transport === 'udp' ? 'UDP' : 'TCP', port: moved[name] ?? port };
  });
}

/** A text that does not parse moves nothing; the Gateway's validation complains of it. */
function targetPorts(text: string | undefined): Readonly<Record<string, number>> {
  try {
    return text === undefined ? {} : (JSON.parse(text) as Record<string, number>);
  } catch {
    return {};
  }
}
