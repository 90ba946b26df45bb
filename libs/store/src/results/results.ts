import type { Database } from '../database/database.js';
import { seek, toPage } from '../database/pages.js';
import type { Result, Results } from './types.js';

const COLUMNS = `job_id AS "jobId", task_index AS "taskIndex", attempt_id AS "attemptId", node_id AS "nodeId", sha256,
  pixel_sha256 AS "pixelSha256", file, media_type AS "mediaType", bytes, width, height, seed, prompt, created_at AS "createdAt"`;

export function createResults(database: Database): Results {
  return {
    get: async ({ jobId, taskIndex }) => {
      const [row] = await database.query<Result>(
        `SELECT ${COLUMNS} FROM results_v1 WHERE job_id = $1 AND task_index = $2`,
        [jobId, taskIndex],
      );
      return row ?? null;
    },
    ofJob: async (jobId, request = {}) => {
      const { size, after } = seek(request, 1);
      const rows = await database.query<Result>(
        `SELECT ${COLUMNS} FROM results_v1 WHERE job_id = $1 AND task_index > $2 ORDER BY task_index LIMIT $3`,
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
        `SELECT ${COLUMNS} FROM results_v1
         WHERE $1::timestamptz IS NULL OR (created_at, job_id, task_index) < ($1, $2, $3::integer)
         ORDER BY created_at DESC, job_id DESC, task_index DESC LIMIT $4`,
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
    remove: async ({ jobId, taskIndex }) => {
      const { count } = await database.prisma.result.updateMany({
        where: { jobId, taskIndex, deletedAt: null },
        data: { sha256: null, deletedAt: new Date() },
      });
      return count > 0;
    },
  };
}
