import { AtelierError } from '@atelier/contracts';
import type { Transaction } from '../database/database.js';
import { changeJob } from './change-job.js';
import { lockJob } from './lock-job.js';
import type { JobSummary } from './types.js';

/**
 * Dead and cancelled tasks -> pending; cancelled, failed -> queued. Lapsed attempts at those tasks are revoked: the
 * retry supersedes them. Tasks of a cancelled job that were never leased have no row and wait behind their class cursor.
 */
export async function retryJob(transaction: Transaction, id: string): Promise<{ job: JobSummary; requeued: number }> {
  const job = await lockJob(transaction, id);
  if (job.state === 'cancelling')
    throw new AtelierError('conflict', `Job ${id} is cancelling: retry it when it is cancelled.`);
  const requeued = job.counts.dead + job.counts.cancelled;
  if (requeued === 0) return { job, requeued };

  const tasks = await transaction.query<{ task_index: number }>(
    `UPDATE tasks SET state = 'pending', cause = NULL, message = NULL
     WHERE job_id = $1 AND state IN ('dead', 'cancelled') RETURNING task_index`,
    [id],
  );
  await transaction.query(
    `UPDATE attempts SET state = 'revoked', message = 'the task was queued again', finished_at = now()
     WHERE job_id = $1 AND unsettled AND task_index = ANY ($2)`,
    [id, tasks.map((task) => task.task_index)],
  );
  const finished = job.state === 'cancelled' || job.state === 'failed';
  const changed = await changeJob(transaction, id, {
    ...(finished ? { state: 'queued', finished: false } : {}),
    dead: 0,
    cancelled: 0,
  });
  return { job: changed, requeued };
}
