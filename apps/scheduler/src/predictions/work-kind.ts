import type { WorkKind } from '@atelier/scheduling';

/** Cost key of the acceptance picture. */
export const acceptanceKey = 'acceptance picture';

/**
 * A cost key in the words of the predictor: pixels times steps times network evaluations is what its time grows with.
 * The acceptance picture compares types of slots and tells of loads; for other models' time its tiny one is no measure.
 */
export function workKindOf({ costKey, residencyKey }: { costKey: string; residencyKey: string }): WorkKind {
  if (costKey === acceptanceKey) return { costKey, residencyKey, work: 0 };
  const [, width, height, steps, evaluations] = / (\d+)x(\d+) steps=(\d+) evaluations=(\d+)/.exec(costKey) ?? [];
  if (width === undefined) return { costKey, residencyKey, work: 1 };
  const pixels = Number(width) * Number(height);
  return { costKey, residencyKey, work: pixels * Number(steps) * Number(evaluations), pixels };
}
