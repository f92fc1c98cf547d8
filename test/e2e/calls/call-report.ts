/** What a participant of a call sees, in total, and since the last mark. */
export interface CallReport {
  readonly state: string;
  /** Selected candidate pair, if there is one. */
  readonly pair?: {
    readonly localType: string;
    /** To the TURN server. */
    readonly relayProtocol: string;
    readonly relayed: string;
    readonly remote: string;
  };
  /** Seconds since the mark. */
  readonly seconds: number;
  /** Video frames since the mark. */
  readonly framesSent: number;
  readonly framesDecoded: number;
  /** The longest time without a new frame since the mark, in milliseconds, one that still lasts included. */
  readonly longestGap: number;
  /** Packets of sound received since the mark. */
  readonly soundReceived: number;
  /** RTP packets lost since the mark, on the way here; and on the way there, as the other end has reported it by now. */
  readonly lost: number;
  readonly lostThere: number;
  /** To the other end and back, in milliseconds, as ICE measured it last. */
  readonly roundTrip: number;
  /** All datagrams on the candidate pairs, in total, ICE's own checks among them. */
  readonly datagramsSent: number;
  readonly datagramsReceived: number;
  /** Messages of the data channel since the mark, and those that came back. */
  readonly messagesSent: number;
  readonly messagesEchoed: number;
  /** How often ICE was restarted. */
  readonly restarts: number;
}

/** Why a candidate could not be gathered (`icecandidateerror`). */
export interface GatheringError {
  readonly url: string;
  readonly code: number;
  readonly text: string;
}

/** What gathering came to: a description with all candidates, or the reasons why there is none. */
export interface Gathered {
  readonly sdp: string;
  readonly candidates: number;
  readonly errors: readonly GatheringError[];
  readonly milliseconds: number;
}

/** An entry of RTCConfiguration.iceServers. */
export interface IceServer {
  readonly urls: string | readonly string[];
  readonly username: string;
  readonly credential: string;
}
