import type { DispatchOp } from './types.js';

/**
 * Splits a group into waves that hold at most one op per task, so that a statement can take all ops of one kind in a
 * wave at once. Ops on one task keep their order; ops on different tasks do not depend on each other.
 * Returns positions in `ops`. All but rarely there is one wave.
 */
export function waves(ops: readonly DispatchOp[]): number[][] {
  const seen = new Map<string, number>();
  const result: number[][] = [];
  ops.forEach((op, position) => {
    const task = `${op.taskIndex} ${op.jobId}`;
    const wave = seen.get(task) ?? 0;
    seen.set(task, wave + 1);
    (result[wave] ??= []).push(position);
  });
  return result;
}
