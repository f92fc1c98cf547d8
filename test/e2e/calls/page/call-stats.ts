import type { CallReport } from '../call-report';

type Entry = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };

/** What `getStats` counts from the start on. */
export type Totals = Pick<
  CallReport,
  | 'pair'
  | 'framesSent'
  | 'framesDecoded'
  | 'lost'
  | 'lostThere'
  | 'soundReceived'
  | 'roundTrip'
  | 'datagramsSent'
  | 'datagramsReceived'
>;

export async function readTotals(connection: RTCPeerConnection): Promise<Totals> {
  const entries = [...(await connection.getStats()).values()] as Entry[];
  const ofType = (type: string): Entry[] => entries.filter(entry => entry.type === type);
  const sum = (chosen: readonly Entry[], ...names: readonly string[]): number =>
    chosen.reduce((total, entry) => total + names.reduce((part, name) => part + Number(entry[name] ?? 0), 0), 0);

  const byId = new Map(entries.map(entry => [entry.id, entry]));
  const selected = byId.get(String(ofType('transport')[0]?.selectedCandidatePairId));
  const [inbound, outbound, pairs] = [ofType('inbound-rtp'), ofType('outbound-rtp'), ofType('candidate-pair')];
  return {
    pair: addressesOf(selected, byId),
    framesSent: sum(outbound, 'framesSent'),
    framesDecoded: sum(inbound, 'framesDecoded'),
    lost: sum(inbound, 'packetsLost'),
    lostThere: sum(ofType('remote-inbound-rtp'), 'packetsLost'),
    soundReceived: sum(
      inbound.filter(({ kind }) => kind === 'audio'),
      'packetsReceived',
    ),
    roundTrip: 1000 * Number(selected?.currentRoundTripTime ?? NaN),
    datagramsSent: sum(pairs, 'packetsSent', 'requestsSent', 'consentRequestsSent', 'responsesSent'),
    datagramsReceived: sum(pairs, 'packetsReceived', 'requestsReceived', 'responsesReceived'),
  };
}

function addressesOf(pair: Entry | undefined, byId: ReadonlyMap<string, Entry>): CallReport['pair'] {
  const local = byId.get(String(pair?.localCandidateId));
  const remote = byId.get(String(pair?.remoteCandidateId));
  if (local === undefined || remote === undefined) return undefined;
  return {
    localType: String(local.candidateType),
    relayProtocol: String(local.relayProtocol),
    relayed: `${String(local.address)}:${String(local.port)}`,
    remote: `${String(remote.address)}:${String(remote.port)}`,
  };
}
