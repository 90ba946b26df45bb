import type { LoggedEvent } from '@atelier/contracts';
import type { Database } from '../database/database.js';
import type { EventLog } from './types.js';

export function createEventLog(database: Database): EventLog {
  return {
    since: (seq, limit) =>
      database.query<LoggedEvent>(
        `SELECT seq, at, type, job_id AS "jobId", node_id AS "nodeId", task_index AS "taskIndex", data
         FROM events WHERE seq > $1 ORDER BY seq LIMIT $2`,
        [seq, limit],
      ),
    range: async () => {
      const [row] = await database.query<{ first: number; last: number }>(
        `SELECT coalesce((SELECT min(seq) FROM events), counter.seq + 1) AS first, counter.seq AS last FROM event_counter counter`,
      );
      return row!;
    },
    prune: async (before) => {
      // By number up to the first event that stays: reads no more rows than it deletes.
      const rows = await database.query<{ pruned: number }>(
        `WITH gone AS (
           DELETE FROM events WHERE seq < coalesce(
             (SELECT seq FROM events WHERE at >= $1 ORDER BY seq LIMIT 1), (SELECT seq + 1 FROM event_counter))
           RETURNING 1
         )
         SELECT count(*) AS pruned FROM gone`,
        [before],
      );
      return rows[0]!.pruned;
    },
    onLogged: (listener) => database.onLogged(listener),
  };
}
