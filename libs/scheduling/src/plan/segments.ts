import type { Slot } from '../slots.js';
import type { Need } from '../work.js';

/** Tasks of one need that the plan has for one slot. */
export interface Segment {
  readonly slot: Slot;
  readonly need: Need;
  count: number;
}
