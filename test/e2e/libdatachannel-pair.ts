import { type DataChannel, type IceServer, PeerConnection, type RtcConfig } from 'node-datachannel';
import { type PairResult, type TurnServer, MESSAGES, report } from './pair';

// Two libdatachannel peers, both behind the relay only, exchange messages over a data channel. Its TURN client, libjuice,
// takes the newer ways of RFC 8489 where it is offered them: SHA-256 and USERHASH.

async function pair({ url, username, credential }: TurnServer): Promise<PairResult> {
  const { hostname, port } = new URL(url.replace(/^turn:/, 'turn://'));
  const server: IceServer = {
    hostname,
    port: Number(port),
    username,
    password: credential,
    relayType: 'TurnUdp',
  };
  const config: RtcConfig = { iceServers: [server], iceTransportPolicy: 'relay' };
  const [caller, callee] = [new PeerConnection('caller', config), new PeerConnection('callee', config)];
  const candidates: string[] = [];
  for (const [from, to] of [
    [caller, callee],
    [callee, caller],
  ] as const) {
    from.onLocalDescription((sdp, type) => to.setRemoteDescription(sdp, type));
    from.onLocalCandidate((candidate, mid) => {
      candidates.push(...(candidate.match(/typ \w+/g) ?? []));
      to.addRemoteCandidate(candidate, mid);
    });
  }
  // Whatever is not held on to is collected, and with it its events.
  const held: DataChannel[] = [];
  callee.onDataChannel(other => {
    held.push(other);
    other.onMessage(message => typeof message === 'string' && other.sendMessage(message));
  });
  const channel = caller.createDataChannel('e2e');
  let echoed = 0;
  await new Promise<void>(resolve => {
    channel.onMessage(() => {
      if (++echoed === MESSAGES) resolve();
    });
    channel.onOpen(() => {
      for (let i = 0; i < MESSAGES; i++) channel.sendMessage(`message ${i}`);
    });
  });
  for (const connection of [caller, callee]) connection.close();
  return { echoed, candidates };
}

report(pair);
