/** The farm in one word, with its reason. */
import { nodeStates, type FarmView, type NodeState } from '@atelier/contracts';

export interface FarmFacts {
  nodes: readonly { state: NodeState; slots: number; busySlots: number }[];
  /** Whether an operator paused the farm. */
  paused: boolean;
  /** Jobs with work left that wait for a person. */
  pausedJobs: number;
  /** Tasks that wait, without those of paused jobs. */
  pendingTasks: number;
  runningTasks: number;
  /** What holds the oldest waiting job, in a sentence. */
  waitingFor: string | null;
}

const plural = (count: number, word: string) => `${count} ${word}${count === 1 ? '' : 's'}`;

/** Works out the word that stands on the page's top, and why. */
export function statusOf(facts: FarmFacts): Pick<FarmView, 'status' | 'reason'> {
  const { nodes, paused, pausedJobs, pendingTasks, runningTasks, waitingFor } = facts;
  const ready = nodes.filter(({ state }) => state === 'ready');
  const slots = ready.reduce((sum, node) => sum + node.slots, 0);
  const busy = ready.reduce((sum, node) => sum + node.busySlots, 0);
  if (nodes.length === 0) return { status: 'empty', reason: 'No node has joined yet.' };
  if (paused) {
    const rest = runningTasks > 0 ? `; ${plural(runningTasks, 'task')} end what they began` : '';
    return { status: 'paused', reason: `The farm is paused${rest}.` };
  }
  if (runningTasks > 0) return { status: 'working', reason: `${busy} of ${plural(slots, 'slot')} at work.` };
  if (pendingTasks > 0) {
    const reason = slots === 0 ? `None of ${plural(nodes.length, 'node')} is ready.` : waitingFor;
    return { status: 'waiting', reason: reason ?? `${plural(pendingTasks, 'task')} will be assigned in a moment.` };
  }
  if (pausedJobs > 0) return { status: 'paused', reason: `${plural(pausedJobs, 'job')} paused, nothing else to do.` };
  return { status: 'idle', reason: `${plural(slots, 'slot')} ready, nothing to do.` };
}

/** How many nodes are in each state; every state is there, most with 0. */
export function countStates(nodes: readonly { state: NodeState }[]): Record<NodeState, number> {
  const counts = Object.fromEntries(nodeStates.map((state) => [state, 0])) as Record<NodeState, number>;
  for (const { state } of nodes) counts[state]++;
  return counts;
}
