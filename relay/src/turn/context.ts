import type { AllocationStore } from './allocation-store';
import type { TurnEvents } from './events';
import type { Reply } from './reply';
import type { ServerSettings } from './settings';
import type { Sink } from './sink';

/** What request handlers work with. `settings` changes when a configuration is applied. */
export interface TurnContext {
  settings: ServerSettings;
  readonly store: AllocationStore;
  readonly sink: Sink;
  readonly reply: Reply;
  readonly events: TurnEvents;
  /** Unix time in seconds: expiry of credentials and nonces. */
  readonly unixSeconds: () => number;
}
