import { allocations } from './allocations';
import { latency } from './latency';
import { loss } from './loss';
import { profile } from './profile';
import { growth, steady } from './steady';
import type { Study } from './study';
import { threads } from './threads';
import { verify } from './verify';

/** By name. */
export const STUDIES: Readonly<Record<string, Study>> = {
  latency,
  loss,
  allocations,
  threads,
  verify,
  steady,
  growth,
  profile,
};
