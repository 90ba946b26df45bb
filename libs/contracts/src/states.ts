/** The states of everything that has a life in the farm: one literal each, the same words in the database, REST and the page. */

export const jobStates = ['queued', 'running', 'paused', 'cancelling', 'cancelled', 'completed', 'failed'] as const;
export type JobState = (typeof jobStates)[number];

/** States from which a job moves only when somebody retries it. */
export const finishedJobStates: readonly JobState[] = ['cancelled', 'completed', 'failed'];

export const taskStates = ['pending', 'leased', 'running', 'uploading', 'succeeded', 'dead', 'cancelled'] as const;
export type TaskState = (typeof taskStates)[number];

/** What a retry queues again. */
export const retriedStates = ['dead', 'cancelled'] as const satisfies readonly TaskState[];
export type RetriedState = (typeof retriedStates)[number];

export const attemptStates = ['leased', 'running', 'lapsed', 'revoked', 'succeeded', 'failed'] as const;
export type AttemptState = (typeof attemptStates)[number];

/**
 * The acceptance rule: a result is taken if and only if its task has none and its attempt is in one of these states.
 * A lapsed attempt was only silent; a revoked one has lost its right for ever.
 */
export const acceptableAttemptStates: readonly AttemptState[] = ['running', 'lapsed'];

export const nodeStates = [
  'joining',
  'testing',
  'ready',
  'draining',
  'drained',
  'quarantined',
  'offline',
  'off',
] as const;
export type NodeState = (typeof nodeStates)[number];

export const slotStates = ['starting', 'idle', 'busy', 'drained', 'blocked', 'offline'] as const;
export type SlotState = (typeof slotStates)[number];
