import type { TaskState } from '@atelier/contracts';
import type { Queries } from '../database/database.js';
import { columnsOf } from './columns.js';
import type { LeaseOp } from './types.js';
import type { Written } from './written.js';

interface Row {
  grants: boolean;
  number: number;
  again: number | null;
  before: TaskState | null;
}

/**
 * lease: task none or pending -> leased, attempt -> leased, class cursor -> behind the ordinal.
 *
 * Granted if the job is queued or running and the task is pending; granted again, with the same number, if this attempt
 * already holds it. An ordinal ahead of the cursor is refused, so that below the cursor every task has its row: a restart
 * finds the tasks that were never leased from the cursor alone.
 * Precondition: the rows of the jobs are locked; no two ops name one task.
 */
export async function lease(queries: Queries, ops: readonly LeaseOp[], term: number): Promise<Written<'lease'>[]> {
  const rows = await queries.query<Row>(
    `WITH op AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::integer[], $5::integer[], $6::text[], $7::text[])
         WITH ORDINALITY AS op (attempt_id, job_id, task_index, class_id, ordinal, node_id, slot_id, i)
     ), found AS (
       SELECT op.*, c.cursor, t.state AS before, coalesce(t.attempts, 0) + 1 AS number, a.number AS again,
              j.state IN ('queued', 'running') AND op.task_index < j.total AND c.cursor IS NOT NULL
                AND coalesce(t.state, 'pending') = 'pending' AS free
       FROM op
       LEFT JOIN jobs j ON j.id = op.job_id
       LEFT JOIN job_classes c ON c.job_id = op.job_id AND c.class_id = op.class_id
       LEFT JOIN tasks t ON t.job_id = op.job_id AND t.task_index = op.task_index
       LEFT JOIN attempts a ON a.id = op.attempt_id AND a.state = 'leased' AND a.id = t.attempt_id
     ), decided AS (
       SELECT found.*, coalesce(free AND (ordinal IS NULL OR ordinal < cursor + row_number() OVER (
                PARTITION BY job_id, class_id, free AND ordinal >= cursor ORDER BY ordinal)), false) AS grants
       FROM found
     ), task AS (
       INSERT INTO tasks AS t (job_id, task_index, class_id, state, attempts, attempt_id)
       SELECT job_id, task_index, class_id, 'leased', number, attempt_id FROM decided WHERE grants
       ON CONFLICT (job_id, task_index) DO UPDATE
         SET state = excluded.state, attempts = excluded.attempts, attempt_id = excluded.attempt_id
     ), attempt AS (
       INSERT INTO attempts (id, job_id, task_index, number, state, node_id, slot_id, term)
       SELECT attempt_id, job_id, task_index, number, 'leased', node_id, slot_id, $8 FROM decided WHERE grants
     ), moved AS (
       UPDATE job_classes c SET cursor = ahead.cursor
       FROM (
         SELECT job_id, class_id, max(ordinal) + 1 AS cursor FROM decided WHERE grants GROUP BY job_id, class_id
       ) AS ahead
       WHERE c.job_id = ahead.job_id AND c.class_id = ahead.class_id AND c.cursor < ahead.cursor
     )
     SELECT grants, number, again, before FROM decided ORDER BY i`,
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
  return rows.map(({ grants, number, again, before }) => {
    if (!grants) return { outcome: { granted: again !== null, number: again ?? 0 } };
    return { outcome: { granted: true, number }, task: { before: before ?? 'pending', after: 'leased' } };
  });
}
