import type { LoggedEvent } from '@atelier/contracts';
import type { Queries } from '../database/database.js';

/** An event before it has its number. */
export type NewEvent = Pick<LoggedEvent, 'type'> &
  Partial<Pick<LoggedEvent, 'jobId' | 'nodeId' | 'taskIndex' | 'data'>>;

/**
 * Appends to the log. Takes the numbers from the one counter row and so holds that row until the transaction ends:
 * must be its last statement.
 */
export async function writeEvents(queries: Queries, events: readonly NewEvent[]): Promise<LoggedEvent[]> {
  const complete = events.map(({ type, jobId = null, nodeId = null, taskIndex = null, data = {} }) => ({
    type,
    jobId,
    nodeId,
    taskIndex,
    data,
  }));
  const rows = await queries.query<{ seq: number; at: Date }>(
    `WITH counter AS (
       UPDATE event_counter SET seq = seq + $1 RETURNING seq - $1 AS before
     )
     INSERT INTO events (seq, at, type, job_id, node_id, task_index, data)
     SELECT counter.before + e.i, clock_timestamp(), e.type, e.job_id, e.node_id, e.task_index, e.data
     FROM counter, unnest($2::text[], $3::text[], $4::text[], $5::integer[], $6::jsonb[])
       WITH ORDINALITY AS e (type, job_id, node_id, task_index, data, i)
     ORDER BY e.i
     RETURNING seq, at`,
    [
      complete.length,
      complete.map((event) => event.type),
      complete.map((event) => event.jobId),
      complete.map((event) => event.nodeId),
      complete.map((event) => event.taskIndex),
      complete.map((event) => JSON.stringify(event.data)),
    ],
  );
  return complete.map((event, i) => ({ ...event, seq: rows[i]!.seq, at: rows[i]!.at }));
}
