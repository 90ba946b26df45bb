import type { JobState } from '@atelier/contracts';
import type { Transaction } from '../database/database.js';
import { SUMMARY_COLUMNS, toSummary, type SummaryRow } from './row.js';
import type { JobSummary } from './types.js';

/** Columns of a job that change other than by its tasks. */
interface JobChange {
  state?: JobState;
  priority?: number;
  running?: number;
  dead?: number;
  cancelled?: number;
  finished?: boolean;
}

/** Writes a change of a locked job and logs it. */
export async function changeJob(transaction: Transaction, id: string, change: JobChange): Promise<JobSummary> {
  const { state, priority, running, dead, cancelled, finished } = change;
  const [row] = await transaction.query<SummaryRow>(
    `UPDATE jobs SET
       state = coalesce($2, state),
       priority = coalesce($3, priority),
       running = coalesce($4, running),
       dead = coalesce($5, dead),
       cancelled = coalesce($6, cancelled),
       finished_at = CASE WHEN $7 THEN now() WHEN NOT $7 THEN NULL ELSE finished_at END
     WHERE id = $1
     RETURNING ${SUMMARY_COLUMNS}`,
    [id, state, priority, running, dead, cancelled, finished],
  );
  const job = toSummary(row!);
  transaction.log({
    type: 'job.changed',
    jobId: id,
    data: { state: job.state, counts: job.counts, priority: job.priority },
  });
  return job;
}
