import type { AttemptState, TaskState } from '@atelier/contracts';

/** Names a task. */
export interface TaskKey {
  jobId: string;
  taskIndex: number;
}

/** A task that has been leased at least once. Tasks without a row are pending, or cancelled with their job. */
export interface Task extends TaskKey {
  classId: number;
  state: TaskState;
  /** Attempts so far. */
  attempts: number;
  /** Why the task is dead. */
  cause: string | null;
  message: string | null;
}

export interface Attempt extends TaskKey {
  attemptId: string;
  /** Grows with every attempt at the task, from 1. */
  number: number;
  state: AttemptState;
  nodeId: string;
  slotId: string;
  leasedAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
  cause: string | null;
  message: string | null;
  /** How the picture was made: times, device, provider. */
  record: Record<string, unknown> | null;
}

export interface Tasks {
  /** Null: never leased. */
  get(key: TaskKey): Promise<Task | null>;
  /** Tasks with a row, by index, from `fromIndex` on; of all states, or of these. */
  list(jobId: string, fromIndex: number, limit: number, states?: TaskState[]): Promise<Task[]>;
  /** Attempts at a task, first to last. */
  attempts(key: TaskKey): Promise<Attempt[]>;
  attempt(attemptId: string): Promise<Attempt | null>;
}
