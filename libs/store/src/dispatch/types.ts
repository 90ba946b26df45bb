import type { TaskState } from '@atelier/contracts';
import type { TaskKey } from '../tasks/types.js';

/** An attempt and the task it is for. */
export interface AttemptKey extends TaskKey {
  /** From `newId()`. */
  attemptId: string;
}

/**
 * Gives one task to a slot: makes the attempt, and the task's row if it has none. Granted if the task is pending, its job
 * queued or running, and its ordinal not ahead of the class cursor: the tasks of a class are leased in their order.
 */
export interface LeaseOp extends AttemptKey {
  kind: 'lease';
  classId: number;
  /** Place in the render class of a task leased for the first time: moves the class cursor behind it. Absent for a returned task. */
  ordinal?: number;
  nodeId: string;
  slotId: string;
}

/**
 * Gives a task that somebody is late with to another slot as well: makes a second attempt, the task stays with the first.
 * Granted if the job is queued or running and exactly one attempt is leased or running at the task. The first result wins.
 */
export interface CopyOp extends AttemptKey {
  kind: 'copy';
  nodeId: string;
  slotId: string;
}

/** The agent began: attempt leased -> running. The job's first start makes it running. */
export interface StartedOp extends AttemptKey {
  kind: 'started';
}

/** The picture is made and on its way: task running -> uploading. The attempt stays running. */
export interface UploadingOp extends AttemptKey {
  kind: 'uploading';
}

/** The session stayed silent for too long: attempt leased or running -> lapsed, task -> pending, or with its copy. Its result would still be taken. */
export interface LapsedOp extends AttemptKey {
  kind: 'lapsed';
}

/** The agent of a lapsed attempt is back and still at it: attempt lapsed -> running, task pending -> running. Not applied when the task was given to somebody else. */
export interface ResumedOp extends AttemptKey {
  kind: 'resumed';
}

/** Takes the right to run away for ever: attempt leased, running or lapsed -> revoked; its task -> pending, or with its copy, if it held it. */
export interface RevokedOp extends AttemptKey {
  kind: 'revoked';
  reason: string;
}

/** The attempt ended without a picture: attempt -> failed, its task -> pending (`retry`) or dead, or with its copy. */
export interface FailedOp extends AttemptKey {
  kind: 'failed';
  /** Word of the agent's protocol, e.g. `ENGINE_CRASHED`. */
  cause: string;
  message: string;
  retry: boolean;
}

/** The picture lies in the artifact store. Accepted if and only if the task has no result and the attempt is running or lapsed. */
export interface ResultOp extends AttemptKey {
  kind: 'result';
  sha256: string;
  pixelSha256: string;
  /** File name from the batch's `output.name`. */
  file: string;
  mediaType: string;
  bytes: number;
  width: number;
  height: number;
  seed: number;
  prompt: string;
  /** Name of the checkpoint. */
  model: string;
  /** Judged unsafe: the result counts, its file is not shown. */
  withheld: boolean;
  /** How it was made: kept with the attempt. */
  record: Record<string, unknown>;
}

export type DispatchOp =
  LeaseOp | CopyOp | StartedOp | UploadingOp | LapsedOp | ResumedOp | RevokedOp | FailedOp | ResultOp;

/** Whether the transition took place; if not, nothing was changed, as when it is sent a second time. */
export interface Applied {
  applied: boolean;
  /** The task's state now; null when there is no such attempt. */
  task: TaskState | null;
}

export interface Outcomes {
  /** `number` is 0 when the lease was not granted. */
  lease: { granted: boolean; number: number };
  copy: { granted: boolean; number: number };
  started: Applied;
  uploading: Applied;
  lapsed: Applied;
  resumed: Applied;
  revoked: Applied;
  failed: Applied;
  /** The same result sent twice gets the same answer. `superseded`: other live attempts at the task, revoked by this one. */
  result: { accepted: boolean; superseded: { attemptId: string; nodeId: string }[] };
}

export interface Dispatch {
  /**
   * Writes one transition. Transitions that arrive while others are being written share the next transaction, up to 256 of
   * them, in the order of the calls; the promise settles after the commit. Job counters, job states and the event log follow in the same transaction.
   * Throws `superseded` when another scheduler leads, `unavailable` when the database cannot be reached: then nothing
   * of the call is written, or (connection lost during commit) it may be: repeat it.
   */
  commit<K extends DispatchOp['kind']>(op: Extract<DispatchOp, { kind: K }>): Promise<Outcomes[K]>;
}
