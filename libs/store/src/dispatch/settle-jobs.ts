import type { JobState, TaskState } from '@atelier/contracts';
import type { NewEvent } from '../events/write-events.js';
import type { Queries } from '../database/database.js';
import { columnsOf } from './columns.js';

/** What a group of transitions adds to the counters of a job. */
export interface JobDelta {
  jobId: string;
  running: number;
  succeeded: number;
  dead: number;
  /** Of those that succeeded. */
  withheld: number;
  /** A task of it has begun. */
  started: boolean;
}

/** The counter in which a task stands; null: it is pending, which is what no counter names, or was cancelled with its job. */
export const counterOf: Readonly<Record<TaskState, 'running' | 'succeeded' | 'dead' | null>> = {
  pending: null,
  leased: 'running',
  running: 'running',
  uploading: 'running',
  succeeded: 'succeeded',
  dead: 'dead',
  cancelled: null,
};

interface Row {
  id: string;
  before: JobState;
  state: JobState;
  total: number;
  running: number;
  succeeded: number;
  dead: number;
  cancelled: number;
  withheld: number;
}

/**
 * Follows the tasks with their jobs: counters, queued -> running at the first start, -> completed or failed when every
 * task has ended. A failed job whose missing picture arrives late, from a lapsed attempt, becomes completed.
 * Returns the events: one for each job whose state or finished tasks changed.
 * Precondition: the rows of the jobs are locked.
 */
export async function settleJobs(queries: Queries, deltas: readonly JobDelta[]): Promise<NewEvent[]> {
  const rows = await queries.query<Row>(
    `WITH sum AS (
       SELECT j.id, j.state AS before, j.running + d.running AS running, j.succeeded + d.succeeded AS succeeded,
              j.dead + d.dead AS dead, j.withheld + d.withheld AS withheld, d.started
       FROM jobs j JOIN unnest($1::text[], $2::integer[], $3::integer[], $4::integer[], $5::integer[], $6::boolean[])
         AS d (id, running, succeeded, dead, withheld, started) ON d.id = j.id
     )
     UPDATE jobs j SET
       running = sum.running,
       succeeded = sum.succeeded,
       dead = sum.dead,
       withheld = sum.withheld,
       started_at = CASE WHEN sum.started THEN coalesce(j.started_at, now()) ELSE j.started_at END,
       state = CASE
         WHEN j.state IN ('cancelling', 'cancelled') THEN j.state
         WHEN sum.succeeded = j.total THEN 'completed'
         WHEN sum.succeeded + sum.dead = j.total THEN 'failed'
         WHEN j.state = 'queued' AND sum.started THEN 'running'
         ELSE j.state
       END,
       finished_at = CASE WHEN sum.succeeded + sum.dead = j.total THEN coalesce(j.finished_at, now()) ELSE j.finished_at END
     FROM sum WHERE j.id = sum.id
     RETURNING j.id, sum.before, j.state, j.total, j.running, j.succeeded, j.dead, j.cancelled, j.withheld`,
    columnsOf(
      deltas,
      (delta) => delta.jobId,
      (delta) => delta.running,
      (delta) => delta.succeeded,
      (delta) => delta.dead,
      (delta) => delta.withheld,
      (delta) => delta.started,
    ),
  );
  const finishing = new Set(deltas.filter(({ succeeded, dead }) => succeeded !== 0 || dead !== 0).map((d) => d.jobId));
  return rows
    .filter((row) => row.before !== row.state || finishing.has(row.id))
    .map(({ id, state, total, running, succeeded, dead, cancelled, withheld }) => ({
      type: 'job.changed',
      jobId: id,
      data: {
        state,
        counts: {
          ...{ total, pending: total - running - succeeded - dead - cancelled, running, succeeded, dead },
          ...{ cancelled, withheld },
        },
      },
    }));
}
