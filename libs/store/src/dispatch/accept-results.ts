import { acceptableAttemptStates, type TaskState } from '@atelier/contracts';
import type { Queries } from '../database/database.js';
import { cleanJson, columnsOf } from './columns.js';
import type { ResultOp } from './types.js';
import type { Written } from './written.js';

interface Row {
  accepts: boolean | null;
  winner: string | null;
  before: TaskState | null;
  node_id: string | null;
  superseded: { attemptId: string; nodeId: string }[];
}

/**
 * result: task -> succeeded, attempt -> succeeded, every other attempt at the task that could still bring one -> revoked.
 *
 * A result is accepted if and only if the task has none and its attempt is running or lapsed. A tombstone counts as a
 * result. The attempt that won is told so again however often it asks.
 * Precondition: the rows of the jobs are locked; no two ops name one task.
 */
export async function acceptResults(queries: Queries, ops: readonly ResultOp[]): Promise<Written<'result'>[]> {
  const rows = await queries.query<Row>(
    `WITH op AS (
       SELECT * FROM unnest($1::text[], $2::text[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[],
                            $8::bigint[], $9::integer[], $10::integer[], $11::bigint[], $12::text[], $13::text[], $14::boolean[], $15::jsonb[])
         WITH ORDINALITY AS op (attempt_id, job_id, task_index, sha256, pixel_sha256, file, media_type,
                                bytes, width, height, seed, prompt, model, withheld, record, i)
     ), found AS (
       SELECT op.*, a.node_id, t.state AS before, r.attempt_id AS winner,
              r.attempt_id IS NULL AND a.state = ANY ($16) AS accepts
       FROM op
       LEFT JOIN attempts a ON a.id = op.attempt_id AND a.job_id = op.job_id AND a.task_index = op.task_index
       LEFT JOIN tasks t ON t.job_id = a.job_id AND t.task_index = a.task_index
       LEFT JOIN results r ON r.job_id = a.job_id AND r.task_index = a.task_index
     ), accepted AS (
       SELECT * FROM found WHERE accepts
     ), file AS (
       -- The idle update locks a file that is there already: nobody can remove it before this commits.
       INSERT INTO artifacts (sha256, kind, bytes, media_type, width, height)
       SELECT DISTINCT ON (sha256) sha256, 'result', bytes, media_type, width, height FROM accepted ORDER BY sha256
       ON CONFLICT (sha256) DO UPDATE SET kind = artifacts.kind
     ), result AS (
       INSERT INTO results (job_id, task_index, attempt_id, node_id, sha256, pixel_sha256, file, seed, prompt, model,
                            withheld)
       SELECT job_id, task_index, attempt_id, node_id, sha256, pixel_sha256, file, seed, prompt, model, withheld
       FROM accepted
     ), attempt AS (
       UPDATE attempts a SET state = 'succeeded', finished_at = now(), record = accepted.record
       FROM accepted WHERE a.id = accepted.attempt_id
     ), superseded AS (
       UPDATE attempts a SET state = 'revoked', finished_at = now(), message = 'another attempt was first'
       FROM accepted
       WHERE a.job_id = accepted.job_id AND a.task_index = accepted.task_index AND a.id <> accepted.attempt_id
         AND a.state IN ('leased', 'running', 'lapsed')
       RETURNING accepted.i, a.id, a.node_id
     ), task AS (
       UPDATE tasks t SET state = 'succeeded', attempt_id = accepted.attempt_id, cause = NULL, message = NULL
       FROM accepted WHERE t.job_id = accepted.job_id AND t.task_index = accepted.task_index
     )
     SELECT accepts, winner, before, node_id, (
       SELECT coalesce(jsonb_agg(jsonb_build_object('attemptId', s.id, 'nodeId', s.node_id)), '[]')
       FROM superseded s WHERE s.i = found.i
     ) AS superseded
     FROM found ORDER BY i`,
    [
      ...columnsOf(
        ops,
        (op) => op.attemptId,
        (op) => op.jobId,
        (op) => op.taskIndex,
        (op) => op.sha256,
        (op) => op.pixelSha256,
        (op) => op.file,
        (op) => op.mediaType,
        (op) => op.bytes,
        (op) => op.width,
        (op) => op.height,
        (op) => op.seed,
        (op) => op.prompt,
        (op) => op.model,
        (op) => op.withheld,
        (op) => cleanJson(op.record),
      ),
      acceptableAttemptStates,
    ],
  );
  return rows.map(({ accepts, winner, before, node_id, superseded }, i) => {
    const { attemptId, jobId, taskIndex, sha256, withheld } = ops[i]!;
    if (!accepts || before === null) return { outcome: { accepted: winner === attemptId, superseded } };
    return {
      outcome: { accepted: true, superseded },
      task: { before, after: 'succeeded' },
      withheld,
      events: [{ type: 'task.succeeded', jobId, taskIndex, nodeId: node_id, data: { attemptId, sha256 } }],
    };
  });
}
