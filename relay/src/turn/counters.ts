import type { DropReason, Refusal } from './events';

/** What went no further, by reason. */
export class Counters {
  readonly drops: Record<DropReason, number> = {
    malformed: 0,
    'bad-fingerprint': 0,
    'unexpected-class': 0,
    'no-allocation': 0,
    'unbound-channel': 0,
    'no-permission': 0,
    'port-not-routed': 0,
    'too-long': 0,
    'too-many-guesses': 0,
    'rate-limited': 0,
    'too-many-answers': 0,
    'tcp-allocation': 0,
    'too-many-connections': 0,
    'too-many-questions': 0,
  };

  /** Requests refused for want of something. */
  readonly refusals: Record<Refusal, number> = {
    'user quota': 0,
    'source quota': 0,
    capacity: 0,
    draining: 0,
    'no relay socket': 0,
    permissions: 0,
    channels: 0,
  };

  drop(reason: DropReason): void {
    this.drops[reason]++;
  }

  refuse(why: Refusal): void {
    this.refusals[why]++;
  }
}
