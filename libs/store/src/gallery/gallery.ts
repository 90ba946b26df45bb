import type { Database } from '../database/database.js';
import { columnsOf } from '../dispatch/columns.js';
import { RESULT_COLUMNS, RESULT_TABLES } from '../results/columns.js';
import type { Result } from '../results/types.js';
import type { TaskKey } from '../tasks/types.js';
import { conditionOf } from './filter.js';
import { markPictures } from './mark-pictures.js';
import type { Gallery } from './types.js';

const MARKS = 'LEFT JOIN picture_marks m ON m.job_id = r.job_id AND m.task_index = r.task_index';
const NEWEST_FIRST = 'r.created_at DESC, r.job_id DESC, r.task_index DESC';

export function createGallery(database: Database): Gallery {
  return {
    count: async (filter) => {
      const { sql, values, marks } = conditionOf(filter);
      const [row] = await database.query<{ count: number }>(
        `SELECT count(*) FROM results r ${marks ? MARKS : ''} WHERE ${sql}`,
        values,
      );
      return row!.count;
    },
    window: (filter, offset, size) => {
      const { sql, values, marks } = conditionOf(filter);
      // Rows are skipped before anything is joined to them.
      return database.query<Result>(
        `WITH found AS MATERIALIZED (
           SELECT r.* FROM results r ${marks ? MARKS : ''} WHERE ${sql}
           ORDER BY ${NEWEST_FIRST} OFFSET $${values.length + 1} LIMIT $${values.length + 2}
         )
         SELECT ${RESULT_COLUMNS} FROM ${RESULT_TABLES('found')} ORDER BY ${NEWEST_FIRST}`,
        [...values, offset, size],
      );
    },
    at: (jobId, indices) =>
      database.query<Result>(
        `SELECT ${RESULT_COLUMNS} FROM ${RESULT_TABLES()} WHERE r.job_id = $1 AND r.task_index = ANY ($2::integer[])`,
        [jobId, indices],
      ),
    tags: () =>
      database.query<{ tag: string; pictures: number }>(
        `SELECT tag, count(*) AS pictures FROM picture_marks m
           JOIN results r ON r.job_id = m.job_id AND r.task_index = m.task_index AND r.sha256 IS NOT NULL,
           unnest(m.tags) AS tag
         GROUP BY tag ORDER BY 2 DESC, 1 LIMIT 500`,
      ),
    mark: (keys, change) => markPictures(database, keys, change),
    remove: (keys) =>
      database.query<TaskKey>(
        `UPDATE results r SET restorable_sha256 = r.sha256, sha256 = NULL, deleted_at = now()
         FROM unnest($1::text[], $2::integer[]) AS k (job_id, task_index)
         WHERE r.job_id = k.job_id AND r.task_index = k.task_index AND r.sha256 IS NOT NULL
         RETURNING r.job_id AS "jobId", r.task_index AS "taskIndex"`,
        keyColumns(keys),
      ),
    restore: async (keys) => {
      const restored = await database.query<TaskKey>(
        `UPDATE results r SET sha256 = r.restorable_sha256, restorable_sha256 = NULL, deleted_at = NULL
         FROM unnest($1::text[], $2::integer[]) AS k (job_id, task_index)
         WHERE r.job_id = k.job_id AND r.task_index = k.task_index AND r.restorable_sha256 IS NOT NULL
         RETURNING r.job_id AS "jobId", r.task_index AS "taskIndex"`,
        keyColumns(keys),
      );
      return database.query<Result>(
        `SELECT ${RESULT_COLUMNS} FROM ${RESULT_TABLES()}
         JOIN unnest($1::text[], $2::integer[]) AS k (job_id, task_index)
           ON r.job_id = k.job_id AND r.task_index = k.task_index`,
        keyColumns(restored),
      );
    },
    forget: async (before) => {
      const rows = await database.query(
        `UPDATE results SET restorable_sha256 = NULL
         WHERE restorable_sha256 IS NOT NULL AND deleted_at < $1 RETURNING 1`,
        [before],
      );
      return rows.length;
    },
  };
}

const keyColumns = (keys: readonly TaskKey[]) =>
  columnsOf(
    keys,
    ({ jobId }) => jobId,
    ({ taskIndex }) => taskIndex,
  );
