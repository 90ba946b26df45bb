import type { AttemptState, JobCounts, JobState, Page, RetriedState } from '@atelier/contracts';
import type { PageRequest } from '../database/pages.js';
import type { IdempotencyRecord } from '../idempotency/types.js';
import type { TaskKey } from '../tasks/types.js';

/** A job as it is submitted: everything from which its tasks can be derived again, at any time, without the user's files. */
export interface NewJob {
  /** From `newId()`. */
  id: string;
  name: string;
  project: string;
  /** Whoever sent the batch; empty where that is not known. */
  submittedBy: string;
  /** Higher runs first. */
  priority: number;
  /** Name of the (first) checkpoint, for listings. */
  model: string;
  /** Canonical text of the batch: text, because JSON columns reorder keys and the order of axes has meaning. */
  batchText: string;
  expansionVersion: number;
  /** JSON text: what every name of the batch was resolved to. */
  resolved: string;
  seedBase: number;
  /** Asset that holds the prompt file. */
  promptsSha256: string | null;
  /** Tasks of the job. */
  total: number;
  warnings: string[];
  /** Render classes: their counts add up to `total`. */
  classes: { classId: number; count: number }[];
  /** Assets that the job needs while it exists (the prompt file, init images): they are kept for it. */
  assets: string[];
}

/** What a listing shows of a job. */
export interface JobSummary {
  id: string;
  name: string;
  project: string;
  /** Whoever sent the batch; empty where that is not known. */
  submittedBy: string;
  state: JobState;
  priority: number;
  model: string;
  counts: JobCounts;
  warnings: string[];
  createdAt: Date;
  startedAt: Date | null;
  finishedAt: Date | null;
}

export interface Job extends JobSummary {
  batchText: string;
  expansionVersion: number;
  resolved: string;
  seedBase: number;
  promptsSha256: string | null;
}

/** How far the tasks of a render class were given out for the first time: the next ordinal is `cursor`. */
export interface ClassCursor {
  classId: number;
  count: number;
  cursor: number;
}

/** A task that was leased before and waits to be leased again. */
export interface ReturnedTask extends TaskHistory {
  taskIndex: number;
  classId: number;
}

export interface TaskHistory {
  /** Attempts that failed, whoever was to blame. */
  failures: number;
  /** Nodes on which an attempt failed, each once. */
  failedNodes: string[];
}

/** An attempt that holds a lease. */
export interface LiveAttempt extends TaskHistory {
  attemptId: string;
  taskIndex: number;
  classId: number;
  number: number;
  state: Extract<AttemptState, 'leased' | 'running'>;
  nodeId: string;
  slotId: string;
}

/** An unfinished job as a new leader takes it over. Its size follows what is in flight, never the job's total. */
export interface UnfinishedJob {
  job: Job;
  classes: ClassCursor[];
  returned: ReturnedTask[];
  live: LiveAttempt[];
}

export interface JobFilter {
  states?: JobState[];
  project?: string;
  /** Part of name, project or model, in any case. */
  text?: string;
}

export interface Jobs {
  /**
   * Stores a job as `queued` and logs `job.changed`. With an idempotency record both are written in one transaction:
   * a resend inserts nothing and gets the answer of the first request.
   * Throws `idempotency_mismatch` when the key came with another body.
   */
  insert(
    job: NewJob,
    idempotency?: IdempotencyRecord,
  ): Promise<{ inserted: true } | { inserted: false; answer: string }>;
  get(id: string): Promise<Job | null>;
  /** Newest first. */
  list(filter?: JobFilter, page?: PageRequest): Promise<Page<JobSummary>>;
  /** All jobs that are queued, running, paused or cancelling, oldest first. */
  unfinished(): Promise<UnfinishedJob[]>;
  /** Queued or running becomes paused: what runs goes on, nothing new is leased. Harmless on a paused job. Throws `not_found`, or `conflict` when the job has ended. */
  pause(id: string): Promise<JobSummary>;
  /** Paused becomes running, or queued if nothing has started yet. Harmless on a queued or running job. Throws `not_found`, or `conflict` when the job has ended. */
  resume(id: string): Promise<JobSummary>;
  setPriority(id: string, priority: number): Promise<JobSummary>;
  /**
   * Revokes every attempt of the job and cancels every task without a result. The job is `cancelled` at once if no
   * attempt was live, else `cancelling` until `finishCancelling`. Harmless on a job that is already cancelled.
   * Throws `not_found`, or `conflict` when the job is completed or failed.
   */
  cancel(id: string): Promise<{ job: JobSummary; revoked: (TaskKey & { attemptId: string; nodeId: string })[] }>;
  /** Cancelling becomes cancelled: the agents have let go. Harmless in any other state. */
  finishCancelling(id: string): Promise<JobSummary>;
  /**
   * Queues the job's dead and cancelled tasks again, or only those in the states of `from`, and revokes what lapsed
   * attempts of theirs are still out. A second call finds none and changes nothing. Throws `not_found`, or `conflict` while the job is cancelling.
   */
  retry(id: string, from?: readonly RetriedState[]): Promise<{ job: JobSummary; requeued: number }>;
  /** The unfinished job alone, as after `retry`: what a dispatcher needs to take it up. */
  unfinishedJob(id: string): Promise<UnfinishedJob | null>;
}
