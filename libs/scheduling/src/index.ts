/** Who does what next: events in, assignments out. */
export type * from './types.js';
