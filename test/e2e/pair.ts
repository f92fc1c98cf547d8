/** How a peer connection finds the relay, as in `RTCIceServer`. */
export interface TurnServer {
  readonly url: string;
  readonly username: string;
  readonly credential: string;
}

export interface PairResult {
  /** Messages that made the way there and back. */
  readonly echoed: number;
  /** Types of the local ICE candidates of both, such as `typ relay`. */
  readonly candidates: readonly string[];
}

export const MESSAGES = 20;

/** Runs a pair in a process of its own, for the server in its first argument, and writes the result as JSON. */
export function report(pair: (server: TurnServer) => Promise<PairResult>): void {
  pair(JSON.parse(process.argv[2]!) as TurnServer).then(
    result => process.stdout.write(JSON.stringify(result), () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}
