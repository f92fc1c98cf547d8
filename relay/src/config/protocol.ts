import type { Transport } from '../turn/flow';

/** Listener protocols by name; `UDP` is short for `TURN-UDP`, and so on. */
const TRANSPORTS: ReadonlyMap<string, Transport> = new Map(
  (['udp', 'tcp', 'tls', 'dtls'] as const).flatMap(transport => {
    const name = transport.toUpperCase();
    return [[name, transport] as const, [`TURN-${name}`, transport] as const];
  }),
);

export const PROTOCOLS = 'TURN-UDP, TURN-TCP, TURN-TLS or TURN-DTLS';

/** The transport a listener protocol stands for, in any case of letters. */
export function transportOf(protocol: string): Transport | undefined {
  return TRANSPORTS.get(protocol.toUpperCase());
}

/** What a listening port is bound in: two listeners may share a port number only if this differs. */
export function layer4(transport: Transport): 'udp' | 'tcp' {
  return transport === 'udp' || transport === 'dtls' ? 'udp' : 'tcp';
}

export function needsCertificate(transport: Transport): boolean {
  return transport === 'tls' || transport === 'dtls';
}
