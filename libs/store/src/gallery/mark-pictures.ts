import type { Database } from '../database/database.js';
import { cleanText, columnsOf } from '../dispatch/columns.js';
import { RESULT_COLUMNS, RESULT_TABLES } from '../results/columns.js';
import type { Result } from '../results/types.js';
import type { TaskKey } from '../tasks/types.js';
import type { MarkChange } from './types.js';

/** Stars and tags pictures; tags are kept in alphabetical order, each once. Gives the pictures as they are then. */
export function markPictures(
  database: Database,
  keys: readonly TaskKey[],
  { starred, addTags = [], removeTags = [] }: MarkChange,
): Promise<Result[]> {
  const columns = columnsOf(
    keys,
    ({ jobId }) => jobId,
    ({ taskIndex }) => taskIndex,
  );
  return database.transaction(async (transaction) => {
    await transaction.query(
      `INSERT INTO picture_marks AS m (job_id, task_index, starred, tags)
       SELECT r.job_id, r.task_index, coalesce($3, false), $4
       FROM results r JOIN unnest($1::text[], $2::integer[]) AS k (job_id, task_index)
         ON r.job_id = k.job_id AND r.task_index = k.task_index
       WHERE r.sha256 IS NOT NULL
       ON CONFLICT (job_id, task_index) DO UPDATE SET
         starred = coalesce($3, m.starred),
         tags = ARRAY(
           SELECT DISTINCT tag FROM unnest(m.tags || $4::text[]) AS tag WHERE tag <> ALL ($5::text[]) ORDER BY tag
         )`,
      [...columns, starred ?? null, [...new Set(addTags.map(cleanText))].sort(), removeTags],
    );
    return transaction.query<Result>(
      `SELECT ${RESULT_COLUMNS} FROM ${RESULT_TABLES()}
       JOIN unnest($1::text[], $2::integer[]) AS k (job_id, task_index)
         ON r.job_id = k.job_id AND r.task_index = k.task_index`,
      columns,
    );
  });
}
