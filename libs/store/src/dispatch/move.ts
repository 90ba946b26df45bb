import type { TaskState } from '@atelier/contracts';
import type { Queries } from '../database/database.js';
import { columnsOf } from './columns.js';
import { passesOn, transitions, type Move } from './transitions.js';
import type { DispatchOp } from './types.js';
import type { Written } from './written.js';

type MoveOp = Extract<DispatchOp, { kind: Move }>;

const reasonOf = (op: MoveOp) => (op.kind === 'failed' ? op.message : op.kind === 'revoked' ? op.reason : null);

/**
 * started, uploading, lapsed, resumed, revoked, failed: as the table of transitions says, in one statement for ops of
 * one kind. An op whose attempt is unknown or in another state changes nothing.
 * Precondition: the rows of the jobs are locked; no two ops name one task.
 */
export async function move<K extends Move>(queries: Queries, kind: K, ops: readonly MoveOp[]): Promise<Written<K>[]> {
  const { attemptFrom, attemptTo, taskFrom, taskTo, needsTask } = transitions[kind];
  const rows = await queries.query<{ applies: boolean | null; before: TaskState | null; after: TaskState | null }>(
    `WITH op AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::boolean[])
         WITH ORDINALITY AS op (attempt_id, job_id, task_index, cause, reason, retry, i)
     ), found AS (
       SELECT op.*, a.state = ANY ($7) AND (t.attempt_id = a.id AND t.state = ANY ($8) OR NOT $9) AS applies,
              t.attempt_id = a.id AND t.state = ANY ($8) AS holds, t.state AS before, other.id AS other,
              CASE WHEN other.state = 'running' OR other.id IS NOT NULL AND t.state = 'uploading' THEN 'running'
                   WHEN other.id IS NOT NULL THEN t.state
                   WHEN $11 <> 'pending-or-dead' THEN $11 WHEN op.retry THEN 'pending' ELSE 'dead' END AS after
       FROM op
       LEFT JOIN attempts a ON a.id = op.attempt_id AND a.job_id = op.job_id AND a.task_index = op.task_index
       LEFT JOIN tasks t ON t.job_id = a.job_id AND t.task_index = a.task_index
       LEFT JOIN LATERAL (
         SELECT c.id, c.state FROM attempts c
         WHERE $12 AND t.attempts > a.number AND c.job_id = a.job_id AND c.task_index = a.task_index AND c.id <> a.id
           AND c.state IN ('leased', 'running')
         ORDER BY c.number LIMIT 1
       ) AS other ON true
     ), attempt AS (
       UPDATE attempts a SET
         state = $10,
         cause = coalesce(found.cause, a.cause),
         message = coalesce(found.reason, a.message),
         started_at = CASE WHEN $10 = 'running' THEN coalesce(a.started_at, now()) ELSE a.started_at END,
         finished_at = CASE WHEN $10 IN ('revoked', 'failed') THEN now() END
       FROM found WHERE found.applies AND a.id = found.attempt_id
     ), task AS (
       UPDATE tasks t SET
         state = found.after,
         attempt_id = coalesce(found.other, t.attempt_id),
         cause = CASE WHEN found.after = 'dead' THEN found.cause END,
         message = CASE WHEN found.after = 'dead' THEN found.reason END
       FROM found
       WHERE found.applies AND found.holds AND t.job_id = found.job_id AND t.task_index = found.task_index
     )
     SELECT applies, before, CASE WHEN applies AND holds THEN after ELSE before END AS after FROM found ORDER BY i`,
    [
      ...columnsOf(
        ops,
        (op) => op.attemptId,
        (op) => op.jobId,
        (op) => op.taskIndex,
        (op) => (op.kind === 'failed' ? op.cause : null),
        reasonOf,
        (op) => op.kind === 'failed' && op.retry,
      ),
      attemptFrom,
      taskFrom,
      needsTask,
      attemptTo,
      taskTo,
      passesOn.has(kind),
    ],
  );
  return rows.map(({ applies, before, after }, i) => {
    const written = { outcome: { applied: applies === true, task: after } } as Written<K>;
    if (before === null || after === null || before === after) return written;
    return { ...written, task: { before, after }, started: after === 'running', events: eventsOf(ops[i]!, after) };
  });
}

function eventsOf(op: MoveOp, after: TaskState): Written['events'] {
  if (op.kind !== 'failed' || after !== 'dead') return [];
  const { jobId, taskIndex, cause, message } = op;
  return [{ type: 'task.dead', jobId, taskIndex, data: { cause, message } }];
}
