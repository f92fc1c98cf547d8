import { RTCPeerConnection } from 'werift';
import { type PairResult, type TurnServer, MESSAGES, report } from './pair';

// Two werift peers, both behind the relay only, exchange messages over a data channel.

async function pair({ url, username, credential }: TurnServer): Promise<PairResult> {
  const config = { iceServers: [{ urls: url, username, credential }], iceTransportPolicy: 'relay' as const };
  const [caller, callee] = [new RTCPeerConnection(config), new RTCPeerConnection(config)];
  const channel = caller.createDataChannel('e2e');
  const echoed: string[] = [];
  const done = new Promise<void>(resolve => {
    channel.onMessage.subscribe(message => {
      if (echoed.push(String(message)) === MESSAGES) resolve();
    });
  });
  callee.onDataChannel.subscribe(other => {
    other.onMessage.subscribe(message => other.send(message));
  });
  channel.stateChanged.subscribe(state => {
    if (state !== 'open') return;
    for (let i = 0; i < MESSAGES; i++) channel.send(`message ${i}`);
  });

  await caller.setLocalDescription(await caller.createOffer());
  await callee.setRemoteDescription(caller.localDescription!);
  await callee.setLocalDescription(await callee.createAnswer());
  await caller.setRemoteDescription(callee.localDescription!);
  await done;
  const candidates = [caller, callee].flatMap(({ localDescription }) => localDescription!.sdp.match(/typ \w+/g) ?? []);
  await Promise.all([caller.close(), callee.close()]);
  return { echoed: echoed.length, candidates };
}

report(pair);
