/** Which pictures lie around one: pure, of lists that were read already. */
import type { ResultView } from '@atelier/contracts/rest';

export interface Place {
  jobId: string;
  index: number;
  /** Position in the gallery, where one comes from there. */
  pos?: number;
}

export interface Neighbours {
  previous: Place | null;
  next: Place | null;
  /** Position among its like, from 1, and how many there are (null: not known). */
  position: number;
  of: number | null;
  /** Pictures on both sides with the one itself in the middle; null where there is none yet. */
  around: (ResultView | null)[];
  /** Position in the gallery of the first of `around`; null within a job. */
  from: number | null;
}

/** Pictures on each side in `around`. */
export const reach = 12;

/** The surroundings of a picture in a window of the gallery that begins at position `from`; null when it is not in it. */
export function inGallery(results: readonly ResultView[], { jobId, index }: Place, from: number): Neighbours | null {
  const at = results.findIndex((result) => result.jobId === jobId && result.index === index);
  if (at < 0) return null;
  const place = (i: number): Place | null => {
    const result = results[i];
    return result ? { jobId: result.jobId, index: result.index, pos: from + i } : null;
  };
  const first = Math.max(0, at - reach);
  return {
    previous: place(at - 1),
    next: place(at + 1),
    position: from + at + 1,
    of: null,
    around: results.slice(first, at + reach + 1),
    from: from + first,
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
    from: null,
  };
}
