import type { Batch } from './batch.js';

const named = { low: -100, normal: 0, high: 100 } as const;

/** A batch's priority as a number; higher runs first. */
export function priorityOf({ priority = 'normal' }: Pick<Batch, 'priority'>): number {
  return typeof priority === 'number' ? priority : named[priority];
}
