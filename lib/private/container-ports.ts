import { TurnListener } from '../turn-listener';
import { TARGET_PORT_ANNOTATION } from './contract';
import { PolicyPort } from './network-policy';
import { portMap } from './port-maps';

/** A port of the relay's container, named like its listener. */
export interface ContainerPort extends PolicyPort {
  readonly name: string;
  readonly port: number;
}

/** The ports that the relay's container listens on: those of the listeners, unless they are moved. */
export function containerPorts(
  listeners: readonly TurnListener[],
  annotations: Readonly<Record<string, string>>,
): ContainerPort[] {
  const moved = portMap(annotations[TARGET_PORT_ANNOTATION]);
  return listeners.map(({ name, transport, port }) => {
    return { name, protocol: transport === 'udp' ? 'UDP' : 'TCP', port: moved[name] ?? port };
  });
}
