import { AtelierError } from '@atelier/contracts';
import type { Transaction } from '../database/database.js';
import type { AttemptKey } from '../dispatch/types.js';
import { changeJob } from './change-job.js';
import { lockJob } from './lock-job.js';
import type { JobSummary } from './types.js';

/**
 * queued, running, paused -> cancelling if an agent still holds an attempt, else -> cancelled. From this commit on no
 * result of the job is accepted: all its attempts are revoked, all its unfinished tasks cancelled.
 */
export async function cancelJob(
  transaction: Transaction,
  id: string,
): Promise<{ job: JobSummary; revoked: (AttemptKey & { nodeId: string })[] }> {
  const job = await lockJob(transaction, id);
  if (job.state === 'cancelling' || job.state === 'cancelled') return { job, revoked: [] };
  if (job.state === 'completed' || job.state === 'failed')
    throw new AtelierError('conflict', `Job ${id} is ${job.state}: there is nothing left to cancel.`);

  const attempts = await transaction.query<{ id: string; task_index: number; node_id: string; live: boolean }>(
    `WITH found AS (SELECT id, state <> 'lapsed' AS live FROM attempts WHERE job_id = $1 AND unsettled)
     UPDATE attempts a SET state = 'revoked', message = 'the job was cancelled', finished_at = now()
     FROM found WHERE a.id = found.id
     RETURNING a.id, a.task_index, a.node_id, found.live`,
    [id],
  );
  await transaction.query(
    `UPDATE tasks SET state = 'cancelled'
     WHERE job_id = $1 AND (returned OR task_index = ANY ($2) AND state IN ('leased', 'running', 'uploading'))`,
    [id, attempts.map((attempt) => attempt.task_index)],
  );
  const { total, succeeded, dead } = job.counts;
  const held = attempts.some((attempt) => attempt.live);
  const changed = await changeJob(transaction, id, {
    state: held ? 'cancelling' : 'cancelled',
    running: 0,
    cancelled: total - succeeded - dead,
    finished: !held,
  });
  const revoked = attempts.map((attempt) => ({
    attemptId: attempt.id,
    jobId: id,
    taskIndex: attempt.task_index,
    nodeId: attempt.node_id,
  }));
  return { job: changed, revoked };
}

/** cancelling -> cancelled: every agent has let go of the job's attempts. */
export async function finishCancelling(transaction: Transaction, id: string): Promise<JobSummary> {
  const job = await lockJob(transaction, id);
  if (job.state !== 'cancelling') return job;
  return changeJob(transaction, id, { state: 'cancelled', finished: true });
}
