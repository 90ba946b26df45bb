import type { Step } from '../influence.js';

/** The part of a run in which something is followed, as shares of its steps. */
export interface Span {
  start: number;
  end: number;
}

/** Whether a step lies in the part as a whole. */
export function isFollowed({ start, end }: Span, { n }: Pick<Step, 'n'>, calls: number): boolean {
  return n / calls >= start && (n + 1) / calls <= end;
}
