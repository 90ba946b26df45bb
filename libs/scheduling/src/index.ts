/** Who does what next: events in, assignments out. */
export { createPolicy } from './policy.js';
export { holdRules, type HoldRule } from './rules.js';
export type * from './types.js';
