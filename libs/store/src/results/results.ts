import type { Database } from '../database/database.js';
import { seek, toPage } from '../database/pages.js';
import { RESULT_COLUMNS, RESULT_TABLES } from './columns.js';
import type { Result, Results } from './types.js';

export function createResults(database: Database): Results {
  return {
    get: async ({ jobId, taskIndex }) => {
      const [row] = await database.query<Result>(
        `SELECT ${RESULT_COLUMNS} FROM ${RESULT_TABLES()} WHERE r.job_id = $1 AND r.task_index = $2`,
        [jobId, taskIndex],
      );
      return row ?? null;
    },
    ofJob: async (jobId, request = {}) => {
      const { size, after } = seek(request, 1);
      const rows = await database.query<Result>(
        `SELECT ${RESULT_COLUMNS} FROM ${RESULT_TABLES()}
         WHERE r.job_id = $1 AND r.task_index > $2 ORDER BY r.task_index LIMIT $3`,
        [jobId, after?.[0] ?? -1, size + 1],
      );
      return toPage(
        rows,
        size,
        (row) => row,
        (row) => [row.taskIndex],
      );
    },
    latest: async (request = {}) => {
      const { size, after } = seek(request, 3);
      const rows = await database.query<Result>(
        `SELECT ${RESULT_COLUMNS} FROM ${RESULT_TABLES()}
         WHERE $1::timestamptz IS NULL OR (r.created_at, r.job_id, r.task_index) < ($1, $2, $3::integer)
         ORDER BY r.created_at DESC, r.job_id DESC, r.task_index DESC LIMIT $4`,
        [...(after ?? [null, null, null]), size + 1],
      );
      return toPage(
        rows,
        size,
        (row) => row,
        (row) => [row.createdAt, row.jobId, row.taskIndex],
      );
    },
    count: (since) => database.prisma.result.count(since ? { where: { createdAt: { gte: since } } } : undefined),
    countByNode: async (since) => {
      const rows = await database.query<{ node_id: string; pictures: number }>(
        'SELECT node_id, count(*) AS pictures FROM results WHERE created_at >= $1 GROUP BY node_id',
        [since],
      );
      return new Map(rows.map((row) => [row.node_id, row.pictures]));
    },
  };
}
