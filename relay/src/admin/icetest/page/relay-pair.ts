import type { Offer, OfferedServer } from '../offer';
import type { CandidateError } from './diagnosis';

/** The browser asks again and again, with longer and longer pauses, for about this long. */
const GATHERING_MS = 12_000;
const CONNECTING_MS = 10_000;
/** Behind a load balancer the two ends may come to two relays, which do not know each other. */
const ATTEMPTS = 4;

/** What came of asking a server for a relayed address. */
export interface Gathered {
  readonly candidate?: RTCIceCandidate;
  /** Milliseconds. */
  readonly took: number;
  readonly errors: readonly CandidateError[];
}

/** Two ends in one page that reach each other over one server only. */
export class RelayPair {
  /** Arrives in any order or not at all, as media does. */
  readonly probe: RTCDataChannel;
  readonly bulk: RTCDataChannel;
  private readonly near: RTCPeerConnection;
  private far: RTCPeerConnection;
  private readonly configuration: RTCConfiguration;

  constructor({ uri }: OfferedServer, { username, credential }: Offer) {
    this.configuration = { iceServers: [{ urls: uri, username, credential }], iceTransportPolicy: 'relay' };
    this.near = new RTCPeerConnection(this.configuration);
    this.far = new RTCPeerConnection(this.configuration);
    this.probe = this.near.createDataChannel('probe', { ordered: false, maxRetransmits: 0 });
    this.bulk = this.near.createDataChannel('bulk');
  }

  /** Asks for a relayed address for the near end. */
  async gather(): Promise<Gathered> {
    const gathering = gathered(this.near);
    await this.near.setLocalDescription();
    return gathering;
  }

  /** Joins the two ends. @returns the far ends of both channels, or undefined if no data comes through */
  async connect(): Promise<ReadonlyMap<string, RTCDataChannel> | undefined> {
    await this.answer();
    const channels = new Map<string, RTCDataChannel>();
    const opened = new Promise<ReadonlyMap<string, RTCDataChannel>>(resolve => {
      this.far.ondatachannel = ({ channel }) => {
        channels.set(channel.label, channel);
        if (channels.size === 2 && this.isOpen) resolve(channels);
      };
      for (const channel of [this.probe, this.bulk]) {
        channel.onopen = () => {
          if (channels.size === 2 && this.isOpen) resolve(channels);
        };
      }
    });
    await this.near.setRemoteDescription(this.far.localDescription!);
    return Promise.race([opened, after(CONNECTING_MS)]);
  }

  close(): void {
    this.near.close();
    this.far.close();
  }

  private get isOpen(): boolean {
    return this.probe.readyState === 'open' && this.bulk.readyState === 'open';
  }

  /** The far end asks for an address too, until it is one of the same relay. */
  private async answer(): Promise<void> {
    const wanted = relayOf(this.near);
    for (let attempt = 1; ; attempt++) {
      await this.far.setRemoteDescription(this.near.localDescription!);
      const gathering = gathered(this.far);
      await this.far.setLocalDescription();
      await gathering;
      if (attempt === ATTEMPTS || relayOf(this.far) === wanted) return;
      this.far.close();
      this.far = new RTCPeerConnection(this.configuration);
    }
  }
}

/** All candidates, or what became of them until the time is up. */
function gathered(connection: RTCPeerConnection): Promise<Gathered> {
  const start = performance.now();
  const errors: CandidateError[] = [];
  return new Promise(resolve => {
    const done = (candidate?: RTCIceCandidate): void => resolve({ candidate, took: performance.now() - start, errors });
    connection.onicecandidateerror = ({ errorCode, errorText }) => errors.push({ code: errorCode, text: errorText });
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null) done();
      else if (candidate.type === 'relay') done(candidate);
    };
    void after(GATHERING_MS).then(() => done());
  });
}

function relayOf({ localDescription }: RTCPeerConnection): string | undefined {
  return / (\S+) \d+ typ relay/.exec(localDescription?.sdp ?? '')?.[1];
}

function after(ms: number): Promise<undefined> {
  return new Promise(resolve => setTimeout(() => resolve(undefined), ms));
}
