import type { TaskState } from '@atelier/contracts';
import type { Queries } from '../database/database.js';
import { columnsOf } from './columns.js';
import type { LeaseOp } from './types.js';
import type { Written } from './written.js';

/**
 * lease: task none or pending -> leased, attempt -> leased, class cursor -> behind the ordinal.
 *
 * Granted if the job is queued or running and the task is pending; granted again, with the same number, if this attempt
 * already holds it. An ordinal ahead of the cursor is refused, so that below the cursor every task has its row: a restart
 * finds the tasks that were never leased from the cursor alone.
 * Precondition: the rows of the jobs are locked; no two ops name one task.
 */
export async function lease(queries: Queries, ops: readonly LeaseOp[], term: number): Promise<Written<'lease'>[]> {
  const rows = await queries.query<{ before: TaskState | null; number: number | null; again: number | null }>(
    `WITH op AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[], $6::text[], $7::text[])
         WITH ORDINALITY AS op (attempt_id, job_id, task_index, class_id, ordinal, node_id, slot_id, i)
     ), placed AS (
       SELECT op.*, c.cursor + row_number() OVER (PARTITION BY op.job_id, op.class_id, op.ordinal >= c.cursor ORDER BY op.ordinal) - 1 AS next
       FROM op
       JOIN jobs j ON j.id = op.job_id AND j.state IN ('queued', 'running') AND op.task_index < j.total
       JOIN job_classes c ON c.job_id = op.job_id AND c.class_id = op.class_id
     ), granted AS (
       INSERT INTO tasks AS t (job_id, task_index, class_id, state, attempts, attempt_id)
       SELECT job_id, task_index, class_id, 'leased', 1, attempt_id FROM placed
       WHERE ordinal IS NULL OR ordinal <= next
       ON CONFLICT (job_id, task_index) DO UPDATE
         SET state = 'leased', attempts = t.attempts + 1, attempt_id = excluded.attempt_id
         WHERE t.state = 'pending'
       RETURNING t.attempt_id, t.attempts AS number
     ), attempt AS (
       INSERT INTO attempts (id, job_id, task_index, number, state, node_id, slot_id, term)
       SELECT attempt_id, op.job_id, op.task_index, granted.number, 'leased', op.node_id, op.slot_id, $8
       FROM op JOIN granted USING (attempt_id)
     ), moved AS (
       UPDATE job_classes c SET cursor = ahead.cursor
       FROM (
         SELECT job_id, class_id, max(ordinal) + 1 AS cursor
         FROM placed JOIN granted USING (attempt_id) GROUP BY job_id, class_id
       ) AS ahead
       WHERE c.job_id = ahead.job_id AND c.class_id = ahead.class_id AND c.cursor < ahead.cursor
     )
     SELECT t.state AS before, granted.number, a.number AS again
     FROM op
     LEFT JOIN granted USING (attempt_id)
     LEFT JOIN tasks t ON t.job_id = op.job_id AND t.task_index = op.task_index
     LEFT JOIN attempts a ON a.id = op.attempt_id AND a.state = 'leased'
       AND a.id = t.attempt_id AND a.job_id = op.job_id AND a.task_index = op.task_index
     ORDER BY op.i`,
    [
      ...columnsOf(
        ops,
        (op) => op.attemptId,
        (op) => op.jobId,
        (op) => op.taskIndex,
        (op) => op.classId,
        (op) => op.ordinal ?? null,
        (op) => op.nodeId,
        (op) => op.slotId,
      ),
      term,
    ],
  );
  return rows.map(({ before, number, again }) => {
    if (number === null) return { outcome: { granted: again !== null, number: again ?? 0 } };
    return { outcome: { granted: true, number }, task: { before: before ?? 'pending', after: 'leased' } };
  });
}
