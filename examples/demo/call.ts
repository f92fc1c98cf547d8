import { setTimeout as sleep } from 'node:timers/promises';
import { createTurnClient } from 'werift';

type TurnClient = Awaited<ReturnType<typeof createTurnClient>>;

export interface TurnServerAddress {
  readonly address: string;
  readonly port: number;
  readonly username: string;
  readonly credential: string;
}

export interface CallResult {
  readonly relayed: string;
  readonly sent: number;
  /** Round-trip times in milliseconds of the packets that came back, sorted. */
  readonly roundTrips: readonly number[];
}

/** Allocates a relayed transport address with werift's TURN client, which shares no code with the relay. */
export function connect({ address, port, username, credential }: TurnServerAddress): Promise<TurnClient> {
  return createTurnClient({ address: [address, port], username, password: credential }, { transport: 'udp' });
}

/** Sends numbered packets of 172 bytes, a voice packet, every 20 ms to an echoing peer. */
export async function call(client: TurnClient, peer: readonly [string, number], packets: number): Promise<CallResult> {
  const sentAt: number[] = [];
  const roundTrips: number[] = [];
  client.onData.subscribe(data => roundTrips.push(performance.now() - sentAt[data.readUInt32BE(0)]!));
  for (let i = 0; i < packets; i++) {
    const packet = Buffer.alloc(172);
    packet.writeUInt32BE(i, 0);
    sentAt.push(performance.now());
    await client.sendData(packet, [...peer]);
    await sleep(20);
  }
  await sleep(200);
  return {
    relayed: client.relayedAddress.join(':'),
    sent: packets,
    roundTrips: roundTrips.sort((a, b) => a - b),
  };
}

/** The relay's answer to a CreatePermission for a peer that no route leads to. */
export async function denied(client: TurnClient, peer: readonly [string, number]): Promise<string> {
  try {
    await client.getPermission([...peer]);
  } catch (error) {
    const { response } = error as { response?: { getAttributeValue(name: 'ERROR-CODE'): [number, string] } };
    const [code, phrase] = response?.getAttributeValue('ERROR-CODE') ?? [0, String(error)];
    return `${code} ${phrase}`;
  }
  throw new Error(`the relay let ${peer.join(':')} through`);
}
