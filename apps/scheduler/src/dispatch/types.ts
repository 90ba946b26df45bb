/** What the dispatcher holds and what it needs of others. */
import type { Expansion } from '@atelier/batch';
import type { agentProto } from '@atelier/contracts';
import type { ClassCursor, Dispatch, LiveAttempt, ReturnedTask, TaskHistory } from '@atelier/store';

/** A job with work left, as the dispatcher takes it up: new, or after a restart or a retry. */
export interface QueuedJob {
  id: string;
  priority: number;
  createdAt: Date;
  paused: boolean;
  expansion: Expansion;
  cursors: readonly ClassCursor[];
  returned: readonly ReturnedTask[];
  /** Attempts that hold a lease from before. */
  live: readonly LiveAttempt[];
}

/** The way to a node while its session stands. */
export interface NodeLink {
  send(message: NonNullable<agentProto.SessionRequest['message']>): void;
}

/** What a slot can do; what it is known to hold is told by the node itself. */
export interface NodeAbilities {
  /** Hashes of the models on its disk. */
  models: ReadonlySet<string>;
  features: ReadonlySet<string>;
}

/**
 * `leasing`: decided here, not yet in the database. `letting-go`: its right is gone, the agent has not said yet that it
 * stopped. The others are the database's words, `uploading` being running with its picture made.
 */
export type AttemptPhase = 'leasing' | 'leased' | 'running' | 'uploading' | 'lapsed' | 'letting-go';

export interface Attempt {
  readonly id: string;
  readonly jobId: string;
  readonly taskIndex: number;
  readonly classId: number;
  /** Place in the class of a task that is leased for the first time. */
  readonly ordinal: number | undefined;
  readonly nodeId: string;
  /** Slot among all slots of the farm. */
  readonly slotKey: string;
  readonly history: TaskHistory;
  phase: AttemptPhase;
  /** What was pushed to the slot at once with it. */
  readonly assignment: Assignment;
}

/** Holds one place of its slot until none of its attempts is open. */
export interface Assignment {
  readonly id: string;
  readonly slotKey: string;
  /** Attempts that the engine has not ended yet. */
  readonly open: Set<string>;
}

/** The part of the store that the dispatcher writes to. */
export type DispatchStore = Pick<Dispatch, 'commit'>;

export const slotKeyOf = (nodeId: string, slotId: string): string => `${nodeId}/${slotId}`;
export const slotIdOf = (slotKey: string): string => slotKey.slice(slotKey.indexOf('/') + 1);
