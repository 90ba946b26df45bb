/** What becomes of a task whose attempt failed, by the cause. */
import { agentProto } from '@atelier/contracts';
import type { TaskHistory } from './types.js';

const { FailureCause } = agentProto;

const maximumFailures = 5;
const maximumNodes = 3;
/** A crash or a broken upload may be an accident: fewer failures than this prove nothing, even on the only node. */
const minimumFailures = 3;
const firstRestMs = 1000;
const longestRestMs = 30_000;

export type Verdict = 'dead' | 'retry';

/** What becomes of a task, and of whom it is said. */
export interface Consequence {
  verdict: Verdict;
  history: TaskHistory;
  /** Whether the attempt counts as failed. What is charged to nobody is revoked instead. */
  charged: boolean;
  /** How long the task rests before it is tried again, ms. */
  restMs: number;
}

export interface Failure {
  cause: agentProto.FailureCause;
  nodeId: string;
  history: TaskHistory;
  /** Nodes that have what the task needs. */
  eligible: readonly string[];
  /** Tasks that shared the run that failed; 1 for what happened to one picture only. */
  group: number;
}

/**
 * A run of several that failed shows nothing of any one of its tasks: each is tried again by itself, or after a lack of
 * memory in a smaller group. Everything else is charged to the task, as `verdictOn` says.
 */
export function consequenceOf({ cause, nodeId, history, eligible, group }: Failure): Consequence {
  const unsupported = cause === FailureCause.FAILURE_CAUSE_UNSUPPORTED;
  if (group > 1 && !unsupported) {
    const alone = cause !== FailureCause.FAILURE_CAUSE_OUT_OF_MEMORY;
    return { verdict: 'retry', charged: false, history: alone ? { ...history, alone } : history, restMs: 0 };
  }
  const after = withFailure(history, cause, nodeId);
  const verdict = verdictOn(cause, after, eligible);
  return { verdict, charged: !unsupported || verdict === 'dead', history: after, restMs: restMs(after) };
}

/** The word for a cause in the database, in events and in metrics: `ENGINE_CRASHED`. */
export const causeWord = (cause: agentProto.FailureCause): string =>
  agentProto.failureCauseToJSON(cause).replace('FAILURE_CAUSE_', '');

/** The history after one more failure on `nodeId`. A node that cannot do the task has not failed at it. */
export function withFailure(history: TaskHistory, cause: agentProto.FailureCause, nodeId: string): TaskHistory {
  if (cause === FailureCause.FAILURE_CAUSE_UNSUPPORTED)
    return { ...history, refusedBy: withNode(history.refusedBy, nodeId) };
  return { ...history, failures: history.failures + 1, failedNodes: withNode(history.failedNodes, nodeId) };
}

const withNode = (nodes: readonly string[], nodeId: string) => [...new Set([...nodes, nodeId])];

/**
 * A wrong request is dead at once. What some node cannot do is dead when no other is left that could. Everything else
 * is tried again, elsewhere if there is an elsewhere: dead after five failures, or three on as many different nodes as
 * there are to try, at most three.
 * @param eligible nodes that have what the task needs.
 */
export function verdictOn(cause: agentProto.FailureCause, history: TaskHistory, eligible: readonly string[]): Verdict {
  if (cause === FailureCause.FAILURE_CAUSE_INVALID_REQUEST) return 'dead';
  if (cause === FailureCause.FAILURE_CAUSE_UNSUPPORTED)
    return eligible.every((node) => history.refusedBy.includes(node)) ? 'dead' : 'retry';
  if (history.failures >= maximumFailures) return 'dead';
  const triedEnough = history.failedNodes.length >= Math.min(maximumNodes, eligible.length);
  return history.failures >= minimumFailures && triedEnough ? 'dead' : 'retry';
}

/** Nodes to keep the task away from, sorted; none when that would leave no node at all. */
export function nodesToAvoid({ failedNodes, refusedBy }: TaskHistory, eligible: readonly string[]): string[] {
  const bad = new Set([...failedNodes, ...refusedBy]);
  return eligible.some((node) => !bad.has(node)) ? [...bad].sort() : [];
}

/** How long a task rests after its failures so far: doubling from one second to half a minute. */
export function restMs({ failures }: TaskHistory): number {
  return failures === 0 ? 0 : Math.min(firstRestMs * 2 ** (failures - 1), longestRestMs);
}
