import type { AllocationStore } from './allocation-store';
import type { Counters } from './counters';
import type { TurnEvents } from './events';
import type { Mobility } from './mobility';
import type { Reply } from './reply';
import type { Reservations } from './reservations';
import type { ServerSettings } from './settings';
import type { Siblings } from './siblings/siblings';
import type { Sink } from './sink';

/** What request handlers work with. `settings` changes when a configuration is applied. */
export interface TurnContext {
  settings: ServerSettings;
  /** Are new clients sent away? */
  draining: boolean;
  readonly store: AllocationStore;
  readonly reservations: Reservations;
  readonly mobility: Mobility;
  /** Undefined where there is one core only. */
  readonly siblings?: Siblings;
  readonly counters: Counters;
  readonly sink: Sink;
  readonly reply: Reply;
  readonly events: TurnEvents;
  /** Unix time in seconds: expiry of credentials and nonces. */
  readonly unixSeconds: () => number;
  /** So many random bytes that nobody can guess. */
  readonly random: (length: number) => Uint8Array;
}
