import type { CallReport, Gathered, GatheringError, IceServer } from '../call-report';
import { readTotals, type Totals } from './call-stats';
import { echo, EchoChannel } from './echo-channel';
import { FrameClock } from './frame-clock';

/** Small enough for several calls on two busy cores. */
const VIDEO = { width: 320, height: 240, frameRate: 20 };
const MAX_BITRATE = 200_000;
const GATHERING_LIMIT = 10_000;

/** One end of a call, which has nothing but the relay. */
class Participant {
  private connection!: RTCPeerConnection;
  private channel: EchoChannel | undefined;
  private frames: FrameClock | undefined;
  private errors: GatheringError[] = [];
  private gathering: Promise<readonly RTCIceCandidateInit[]> = Promise.resolve([]);
  private offered: RTCSessionDescriptionInit | undefined;
  private restarts = 0;
  private marked!: { readonly at: number; readonly totals: Totals; readonly sent: number; readonly echoed: number };

  /** Offers sound, video and a data channel. */
  async offer(iceServers: readonly IceServer[]): Promise<Gathered> {
    await this.open(iceServers);
    this.openChannel();
    return this.gather(await this.connection.createOffer());
  }

  /** Answers such an offer in kind. */
  async answer(iceServers: readonly IceServer[], sdp: string): Promise<Gathered> {
    await this.open(iceServers);
    await this.connection.setRemoteDescription({ type: 'offer', sdp });
    this.openChannel();
    return this.gather(await this.connection.createAnswer());
  }

  /** An offer of new paths (ICE restart). They are looked for once it is accepted. */
  async restart(iceServers: readonly IceServer[]): Promise<string> {
    this.restarts++;
    this.connection.setConfiguration({ ...this.connection.getConfiguration(), iceServers: copied(iceServers) });
    this.offered = await this.connection.createOffer({ iceRestart: true });
    return this.offered.sdp!;
  }

  /** All candidates of the last description. */
  candidates(): Promise<readonly RTCIceCandidateInit[]> {
    return this.gathering;
  }

  async accept(sdp: string): Promise<void> {
    if (this.offered !== undefined) {
      this.gathering = gatheringOf(this.connection);
      await this.connection.setLocalDescription(this.offered);
      this.offered = undefined;
    }
    await this.connection.setRemoteDescription({ type: 'answer', sdp });
  }

  async addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    await this.connection.addIceCandidate(candidate);
  }

  /** Counts from here. */
  async mark(): Promise<void> {
    const totals = await readTotals(this.connection);
    this.marked = {
      at: performance.now(),
      totals,
      sent: this.channel?.sent ?? 0,
      echoed: this.channel?.echoed ?? 0,
    };
    this.frames?.mark();
  }

  async report(): Promise<CallReport> {
    const totals = await readTotals(this.connection);
    const { at, totals: before, sent, echoed } = this.marked;
    return {
      ...totals,
      state: this.connection.connectionState,
      seconds: (performance.now() - at) / 1000,
      framesSent: totals.framesSent - before.framesSent,
      framesDecoded: totals.framesDecoded - before.framesDecoded,
      soundReceived: totals.soundReceived - before.soundReceived,
      lost: totals.lost - before.lost,
      lostThere: totals.lostThere - before.lostThere,
      longestGap: this.frames?.longestGap ?? Infinity,
      messagesSent: (this.channel?.sent ?? 0) - sent,
      messagesEchoed: (this.channel?.echoed ?? 0) - echoed,
      restarts: this.restarts,
    };
  }

  close(): void {
    this.channel?.close();
    for (const { track } of this.connection.getSenders()) track?.stop();
    this.connection.close();
  }

  private async open(iceServers: readonly IceServer[]): Promise<void> {
    this.connection = new RTCPeerConnection({ iceServers: copied(iceServers), iceTransportPolicy: 'relay' });
    this.connection.onicecandidateerror = ({ url, errorCode, errorText }) =>
      this.errors.push({ url, code: errorCode, text: errorText });
    this.connection.ondatachannel = ({ channel }) => echo(channel);
    this.connection.ontrack = ({ track }) => {
      if (track.kind === 'video') this.frames = new FrameClock(track);
      else play(track);
    };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video: VIDEO });
    for (const track of stream.getTracks()) {
      const sender = this.connection.addTrack(track, stream);
      if (track.kind === 'video') await keepFrameRate(sender);
    }
    await this.mark();
  }

  private openChannel(): void {
    this.channel = new EchoChannel(this.connection.createDataChannel('JanusDataChannel'));
  }

  private async gather(description: RTCSessionDescriptionInit): Promise<Gathered> {
    const started = performance.now();
    this.gathering = gatheringOf(this.connection);
    this.errors = [];
    await this.connection.setLocalDescription(description);
    const candidates = (await this.gathering).length;
    const { sdp } = this.connection.localDescription!;
    return { sdp, candidates, errors: this.errors, milliseconds: performance.now() - started };
  }
}

/** The candidates that come from now on, once they are complete. */
function gatheringOf(connection: RTCPeerConnection): Promise<readonly RTCIceCandidateInit[]> {
  const candidates: RTCIceCandidateInit[] = [];
  return new Promise(resolve => {
    setTimeout(() => resolve(candidates), GATHERING_LIMIT);
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null) resolve(candidates);
      else if (candidate.candidate !== '') candidates.push(candidate.toJSON());
    };
  });
}

/** A busy machine is to cost picture quality first. */
async function keepFrameRate(sender: RTCRtpSender): Promise<void> {
  const parameters = sender.getParameters();
  parameters.degradationPreference = 'maintain-framerate';
  for (const encoding of parameters.encodings) encoding.maxBitrate = MAX_BITRATE;
  await sender.setParameters(parameters);
}

/** Sound that nobody plays is not decoded. */
function play(track: MediaStreamTrack): void {
  const audio = new Audio();
  audio.srcObject = new MediaStream([track]);
  void audio.play();
}

function copied(iceServers: readonly IceServer[]): RTCIceServer[] {
  return iceServers.map(({ urls, ...rest }) => ({ ...rest, urls: typeof urls === 'string' ? urls : [...urls] }));
}

Object.assign(globalThis, { participant: new Participant() });

export type { Participant };
