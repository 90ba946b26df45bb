/** Which pictures lie around one: pure, of lists that were read already. */
import type { ResultView } from '@atelier/contracts/rest';

export interface Place {
  jobId: string;
  index: number;
}

export interface Neighbours {
  previous: Place | null;
  next: Place | null;
  /** Position among its like, from 1, and how many there are (null: not known). */
  position: number;
  of: number | null;
  /** Pictures on both sides with the one itself in the middle; null where there is none yet. */
  around: (ResultView | null)[];
  /** Pictures that were read beyond this one. */
  remaining: number;
}

/** Pictures on each side in `around`. */
const reach = 12;

const placeOf = ({ jobId, index }: Place): Place => ({ jobId, index });

/** The surroundings of a picture in a list; null when the list does not hold it. */
export function inList(results: readonly ResultView[], { jobId, index }: Place): Neighbours | null {
  const at = results.findIndex((result) => result.jobId === jobId && result.index === index);
  if (at < 0) return null;
  const [previous, next] = [results[at - 1], results[at + 1]];
  return {
    previous: previous ? placeOf(previous) : null,
    next: next ? placeOf(next) : null,
    position: at + 1,
    of: null,
    around: results.slice(Math.max(0, at - reach), at + reach + 1),
    remaining: results.length - at - 1,
  };
}

/** The surroundings of a task in its job of `total` tasks, drawn or not. */
export function inJob(results: readonly ResultView[], { jobId, index }: Place, total: number | null): Neighbours {
  const byIndex = new Map(results.filter((result) => result.jobId === jobId).map((result) => [result.index, result]));
  const from = Math.max(0, index - reach);
  const to = Math.min(index + reach, (total ?? index + 1) - 1);
  return {
    previous: index > 0 ? { jobId, index: index - 1 } : null,
    next: total !== null && index + 1 < total ? { jobId, index: index + 1 } : null,
    position: index + 1,
    of: total,
    around: Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => byIndex.get(from + i) ?? null),
    remaining: total === null ? 0 : total - index - 1,
  };
}
