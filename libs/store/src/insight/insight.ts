import type { Database } from '../database/database.js';
import type { Change, FailureSummary, Insight, Span, StageSeconds } from './types.js';

const recorded = ['load', 'encode', 'denoise', 'decode', 'upload'] as const;
const secondsOf = (stage: string) => `coalesce((record->>'${stage}Seconds')::float8, 0)`;
const WAIT = 'coalesce(extract(epoch FROM started_at - leased_at)::float8, 0)';
const STAGES = [`${WAIT} AS wait`, ...recorded.map((stage) => `${secondsOf(stage)} AS ${stage}`)].join(', ');
const SUMS = [WAIT, ...recorded.map(secondsOf)]
  .map((seconds, i) => `coalesce(sum(${seconds}) FILTER (WHERE state = 'succeeded'), 0) AS ${['wait', ...recorded][i]}`)
  .join(', ');

export function createInsight(database: Database): Insight {
  return {
    timeline: async (jobId, limit) => {
      const [sums] = await database.query<StageSeconds & { attempts: number }>(
        `SELECT count(*) AS attempts, ${SUMS} FROM attempts WHERE job_id = $1`,
        [jobId],
      );
      const { attempts, ...stages } = sums!;
      const rows = await database.query<Omit<Span, 'stages'> & StageSeconds>(
        `SELECT * FROM (
           SELECT task_index AS index, number, state, node_id AS "nodeId", slot_id AS "slotId",
                  leased_at AS "leasedAt", started_at AS "startedAt", finished_at AS "finishedAt", ${STAGES}
           FROM attempts WHERE job_id = $1 ORDER BY leased_at DESC LIMIT $2
         ) latest ORDER BY "leasedAt"`,
        [jobId, limit],
      );
      const spans = rows.map(({ wait, load, encode, denoise, decode, upload, ...span }) => ({
        ...span,
        stages: { wait, load, encode, denoise, decode, upload },
      }));
      return { attempts, stages, spans };
    },
    failures: (jobId) =>
      database.query<FailureSummary>(
        `SELECT coalesce(t.cause, 'unknown') AS cause,
                coalesce((array_agg(t.message ORDER BY a.finished_at DESC))[1], '') AS message,
                count(*) AS tasks, (array_agg(t.task_index ORDER BY t.task_index))[1:50] AS indices,
                array_agg(DISTINCT a.node_id) AS nodes
         FROM tasks t JOIN attempts a ON a.id = t.attempt_id
         WHERE t.job_id = $1 AND t.state = 'dead' GROUP BY 1 ORDER BY 3 DESC, 1`,
        [jobId],
      ),
    picturesByMinute: (since) =>
      database.query<{ minute: Date; pictures: number }>(
        `SELECT date_trunc('minute', created_at) AS minute, count(*) AS pictures
         FROM results WHERE created_at >= $1 GROUP BY 1 ORDER BY 1`,
        [since],
      ),
    changes: (since, limit) =>
      database.query<Change>(
        `WITH said AS (
           SELECT type, at, coalesce(job_id, node_id) AS id, data->>'state' AS state,
                  lag(data->>'state') OVER (PARTITION BY type, coalesce(job_id, node_id) ORDER BY seq) AS before
           FROM events WHERE at >= $1 AND type IN ('job.changed', 'node.changed') AND data ? 'state'
         )
         SELECT CASE said.type WHEN 'node.changed' THEN 'node' ELSE 'job' END AS kind, said.at, said.id,
                coalesce(n.name, j.name) AS name, said.state
         FROM said
         LEFT JOIN nodes n ON said.type = 'node.changed' AND n.id = said.id
         LEFT JOIN jobs j ON said.type = 'job.changed' AND j.id = said.id
         WHERE said.state IS DISTINCT FROM said.before AND coalesce(n.name, j.name) IS NOT NULL
         ORDER BY said.at DESC LIMIT $2`,
        [since, limit],
      ),
    deadSince: async (since) => {
      const [row] = await database.query<{ count: number }>(
        `SELECT count(*) FROM events WHERE at >= $1 AND type = 'task.dead'`,
        [since],
      );
      return row!.count;
    },
  };
}
