import type { DropReason } from './events';

/** Why packets went no further, by reason. */
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
  };

  drop(reason: DropReason): void {
    this.drops[reason]++;
  }
}
