/** What becomes of a task whose attempt failed: by cause, so that nobody pays for what is not theirs. */
import { agentProto } from '@atelier/contracts';
import type { QueuedTask } from './job-queue.js';

const { FailureCause } = agentProto;

export type Verdict =
  /** Nobody is charged: the task waits again at once. */
  | { kind: 'return' }
  /** The task waits again after `delayMs`, and avoids the node. */
  | { kind: 'retry'; delayMs: number }
  | { kind: 'dead' };

/** A task is given up after failing on this many nodes, or after this many failures. */
export const failureLimits = { nodes: 3, failures: 5 } as const;

/**
 * @param task with this failure counted in
 * @param eligibleNodes nodes that could run the task at all: where there are two, the second failure elsewhere is the last
 * @param groupSize tasks that shared the run: a failed group is tried singly, uncharged
 */
export function judge(
  cause: agentProto.FailureCause,
  task: Pick<QueuedTask, 'failures' | 'failedNodes'>,
  eligibleNodes: number,
  groupSize: number,
): Verdict {
  if (cause === FailureCause.FAILURE_CAUSE_REVOKED) return { kind: 'return' };
  if (cause === FailureCause.FAILURE_CAUSE_INVALID_REQUEST) return { kind: 'dead' };
  if (groupSize > 1) return { kind: 'return' };
  const enoughNodes = task.failedNodes.length >= Math.min(failureLimits.nodes, Math.max(1, eligibleNodes));
  // On a farm of one node the same node tries again, but not for ever.
  if (task.failures >= failureLimits.failures || (enoughNodes && task.failures >= Math.min(failureLimits.nodes, 2))) {
    return { kind: 'dead' };
  }
  return { kind: 'retry', delayMs: backoffMs(task.failures) };
}

/** 250 ms, doubled with each failure, at most 30 s. */
export function backoffMs(failures: number): number {
  return Math.min(30_000, 250 * 2 ** (failures - 1));
}

/** The cause as the database and REST spell it, e.g. `ENGINE_CRASHED`. */
export function causeName(cause: agentProto.FailureCause): string {
  return agentProto.failureCauseToJSON(cause).replace('FAILURE_CAUSE_', '');
}
