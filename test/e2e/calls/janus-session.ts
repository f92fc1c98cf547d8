import { randomUUID } from 'node:crypto';
import { httpUnix } from './http-unix';

/** An SDP answer, as WebRTC writes it. */
interface Description {
  readonly type: 'answer';
  readonly sdp: string;
}

/** An ICE candidate, as WebRTC writes it. */
export interface Candidate {
  readonly candidate: string;
  readonly sdpMid?: string;
  readonly sdpMLineIndex?: number;
}

interface JanusEvent {
  readonly janus: string;
  readonly data?: { readonly id: number };
  readonly error?: { readonly reason: string };
  readonly jsep?: Description;
  readonly candidate?: Candidate & { readonly completed?: true };
}

/** A session with one plugin of Janus, over its HTTP API. */
export class JanusSession {
  /** Janus' candidates that nobody has taken yet. */
  private readonly candidates: Candidate[] = [];
  private candidateTaker: ((candidate: Candidate) => void) | undefined;
  private readonly answers: ((answer: Description) => void)[] = [];
  private closed = false;

  private constructor(
    private readonly socketPath: string,
    private readonly id: number,
    private readonly handle: number,
  ) {}

  static async open(socketPath: string, plugin: string): Promise<JanusSession> {
    const { id } = await ask(socketPath, '/janus', { janus: 'create' });
    const { id: handle } = await ask(socketPath, `/janus/${id}`, { janus: 'attach', plugin });
    const session = new JanusSession(socketPath, id, handle);
    void session.listen();
    return session;
  }

  /** Offers media to the plugin. @returns its answer; its candidates are kept until `onCandidate`. */
  async offer(sdp: string): Promise<string> {
    this.candidateTaker = undefined;
    const answered = new Promise<Description>(resolve => this.answers.push(resolve));
    const message = { janus: 'message', body: { audio: true, video: true }, jsep: { type: 'offer', sdp } };
    await exchange(this.socketPath, this.handlePath, message);
    return (await answered).sdp;
  }

  /** Tells of candidates, the last there are. */
  async trickle(candidates: readonly Candidate[]): Promise<void> {
    const message = { janus: 'trickle', candidates: [...candidates, { completed: true }] };
    await exchange(this.socketPath, this.handlePath, message);
  }

  /** Tells of each candidate that belongs to the last answer. */
  onCandidate(taker: (candidate: Candidate) => void): void {
    this.candidateTaker = taker;
    for (const candidate of this.candidates.splice(0)) taker(candidate);
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await exchange(this.socketPath, this.path, { janus: 'destroy' });
  }

  private get path(): string {
    return `/janus/${this.id}`;
  }

  private get handlePath(): string {
    return `${this.path}/${this.handle}`;
  }

  /** Janus keeps a session only while somebody asks for its events. */
  private async listen(): Promise<void> {
    for (;;) {
      const { status, body } = await httpUnix(this.socketPath, `${this.path}?maxev=1`).catch(() => NO_ANSWER);
      if (status !== 200 || this.closed) return;
      this.heard(JSON.parse(body) as JanusEvent);
    }
  }

  private heard({ jsep, candidate }: JanusEvent): void {
    if (jsep !== undefined) this.answers.shift()?.(jsep);
    if (candidate === undefined || candidate.completed) return;
    if (this.candidateTaker === undefined) this.candidates.push(candidate);
    else this.candidateTaker(candidate);
  }
}

const NO_ANSWER = { status: 0, body: '' };

async function exchange(socketPath: string, path: string, request: object): Promise<JanusEvent> {
  const { body } = await httpUnix(socketPath, path, { ...request, transaction: randomUUID() });
  const answer = JSON.parse(body) as JanusEvent;
  if (answer.error !== undefined) throw new Error(`Janus refuses: ${answer.error.reason}`);
  return answer;
}

async function ask(socketPath: string, path: string, request: object): Promise<{ readonly id: number }> {
  const { data } = await exchange(socketPath, path, request);
  if (data === undefined) throw new Error('Janus answers without data');
  return data;
}
