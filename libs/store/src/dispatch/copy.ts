import type { Queries } from '../database/database.js';
import { columnsOf } from './columns.js';
import type { CopyOp } from './types.js';
import type { Written } from './written.js';

interface Row {
  grants: boolean;
  number: number;
  again: number | null;
}

/**
 * copy: attempt -> leased, beside the one that has the task; the task keeps its state.
 *
 * Granted if the job is queued or running and one attempt, and no other, is leased or running at the task; granted again,
 * with the same number, to the copy that already has it.
 * Precondition: the rows of the jobs are locked; no two ops name one task.
 */
export async function copy(queries: Queries, ops: readonly CopyOp[], term: number): Promise<Written<'copy'>[]> {
  const rows = await queries.query<Row>(
    `WITH op AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[])
         WITH ORDINALITY AS op (attempt_id, job_id, task_index, node_id, slot_id, i)
     ), found AS (
       SELECT op.*, coalesce(t.attempts, 0) + 1 AS number, own.number AS again,
              coalesce(j.state IN ('queued', 'running') AND t.state IN ('leased', 'running') AND own.id IS NULL, false)
                AND 1 = (SELECT count(*) FROM attempts a WHERE a.job_id = op.job_id AND a.task_index = op.task_index
                                                           AND a.state IN ('leased', 'running')) AS grants
       FROM op
       LEFT JOIN jobs j ON j.id = op.job_id
       LEFT JOIN tasks t ON t.job_id = op.job_id AND t.task_index = op.task_index
       LEFT JOIN attempts own ON own.id = op.attempt_id AND own.state = 'leased'
     ), task AS (
       UPDATE tasks t SET attempts = found.number
       FROM found WHERE found.grants AND t.job_id = found.job_id AND t.task_index = found.task_index
     ), attempt AS (
       INSERT INTO attempts (id, job_id, task_index, number, state, node_id, slot_id, term, copy)
       SELECT attempt_id, job_id, task_index, number, 'leased', node_id, slot_id, $6, true FROM found WHERE grants
     )
     SELECT grants, number, again FROM found ORDER BY i`,
    [
      ...columnsOf(
        ops,
        (op) => op.attemptId,
        (op) => op.jobId,
        (op) => op.taskIndex,
        (op) => op.nodeId,
        (op) => op.slotId,
      ),
      term,
    ],
  );
  return rows.map(({ grants, number, again }) => {
    if (!grants) return { outcome: { granted: again !== null, number: again ?? 0 } };
    return { outcome: { granted: true, number } };
  });
}
