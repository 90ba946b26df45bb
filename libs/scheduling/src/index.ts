/** Who does what next: events in, assignments out. */
export { createPolicy } from './policy.js';
export { meets, wordsOf } from './limits.js';
export { holdRules, type HoldRule, type SlotHoldRule } from './rules.js';
export type * from './types.js';
export { unknownCost } from './cost.js';
export { Draft, type Lot, type Problem } from './plan/draft.js';
export { fill } from './plan/fill.js';
export { improve } from './plan/improve.js';
export type { Reckoned } from './prediction/memory.js';
export {
  Predictor,
  type Beforehand,
  type LoadedFrom,
  type Measurement,
  type Prediction,
  type WorkKind,
} from './prediction/predictor.js';
export { estimateMakespan, type EstimatedWork } from './estimate.js';
