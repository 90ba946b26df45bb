import type { WorkKind } from '@atelier/scheduling';

/** A cost key in the words of the predictor: pixels times steps times network evaluations is what its time grows with. */
export function workKindOf({ costKey, residencyKey }: { costKey: string; residencyKey: string }): WorkKind {
  const [, width, height, steps, evaluations] = / (\d+)x(\d+) steps=(\d+) evaluations=(\d+)/.exec(costKey) ?? [];
  const work = width === undefined ? 1 : Number(width) * Number(height) * Number(steps) * Number(evaluations);
  return { costKey, residencyKey, work };
}
