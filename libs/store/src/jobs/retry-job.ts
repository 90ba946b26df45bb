import { AtelierError, type RetriedState } from '@atelier/contracts';
import type { Transaction } from '../database/database.js';
import { changeJob } from './change-job.js';
import { lockJob } from './lock-job.js';
import type { JobSummary } from './types.js';

/**
 * Tasks in the states of `from` -> pending; cancelled, failed -> queued. Lapsed attempts at those tasks are revoked: the
 * retry supersedes them. Tasks of a cancelled job that were never leased have no row and wait behind their class cursor.
 */
export async function retryJob(
  transaction: Transaction,
  id: string,
  from: readonly RetriedState[],
): Promise<{ job: JobSummary; requeued: number }> {
  const job = await lockJob(transaction, id);
  if (job.state === 'cancelling')
    throw new AtelierError('conflict', `Job ${id} is cancelling: retry it when it is cancelled.`);
  const requeued = from.reduce((sum, state) => sum + job.counts[state], 0);
  if (requeued === 0) return { job, requeued };

  const tasks = await transaction.query<{ task_index: number }>(
    `UPDATE tasks SET state = 'pending', cause = NULL, message = NULL
     WHERE job_id = $1 AND state = ANY ($2) RETURNING task_index`,
    [id, from],
  );
  await transaction.query(
    `UPDATE attempts SET state = 'revoked', message = 'the task was queued again', finished_at = now()
     WHERE job_id = $1 AND unsettled AND task_index = ANY ($2)`,
    [id, tasks.map((task) => task.task_index)],
  );
  const finished = job.state === 'cancelled' || job.state === 'failed';
  const changed = await changeJob(transaction, id, {
    ...(finished ? { state: 'queued', finished: false } : {}),
    ...Object.fromEntries(from.map((state) => [state, 0])),
  });
  return { job: changed, requeued };
}
