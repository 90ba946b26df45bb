import type { Database } from '../database/database.js';
import { cleanText } from '../dispatch/columns.js';
import type { Artifact, Artifacts } from './types.js';

/** Nothing names a file: no result, none whose deletion can be undone, and no job (its prompt file is among its assets). */
const UNREFERENCED = `NOT EXISTS (SELECT 1 FROM results r WHERE r.sha256 = a.sha256)
  AND NOT EXISTS (SELECT 1 FROM results r WHERE r.restorable_sha256 = a.sha256)
  AND NOT EXISTS (SELECT 1 FROM job_assets j WHERE j.sha256 = a.sha256)`;

const COLUMNS = `a.sha256, a.kind, a.bytes, a.media_type AS "mediaType", a.width, a.height, a.created_at AS "createdAt",
  (SELECT count(*) FROM results r WHERE r.sha256 = a.sha256)
  + (SELECT count(*) FROM job_assets j WHERE j.sha256 = a.sha256) AS "references",
  a.kind = 'result' AND EXISTS (SELECT 1 FROM results r WHERE r.sha256 = a.sha256)
  AND NOT EXISTS (SELECT 1 FROM results r WHERE r.sha256 = a.sha256 AND NOT r.withheld) AS withheld`;

export function createArtifacts(database: Database): Artifacts {
  return {
    put: async ({ sha256, kind, bytes, mediaType, width, height }) => {
      const [row] = await database.query<Artifact>(
        `WITH put AS (
           INSERT INTO artifacts (sha256, kind, bytes, media_type, width, height) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (sha256) DO UPDATE SET kind = artifacts.kind RETURNING *
         )
         SELECT ${COLUMNS} FROM put a`,
        [sha256, kind, bytes, cleanText(mediaType), width, height],
      );
      return row!;
    },
    get: async (sha256) => {
      const [row] = await database.query<Artifact>(`SELECT ${COLUMNS} FROM artifacts a WHERE sha256 = $1`, [sha256]);
      return row ?? null;
    },
    unreferenced: (before, limit) =>
      database.query<Artifact>(
        `SELECT ${COLUMNS} FROM artifacts a WHERE created_at < $1 AND ${UNREFERENCED} ORDER BY created_at LIMIT $2`,
        [before, limit],
      ),
    remove: (sha256) =>
      database.transaction(async (transaction) => {
        // Locked before it is looked at: a result that is being accepted either has committed by then, or waits.
        await transaction.query('SELECT 1 FROM artifacts WHERE sha256 = $1 FOR UPDATE', [sha256]);
        const removed = await transaction.query(
          `DELETE FROM artifacts a WHERE sha256 = $1 AND ${UNREFERENCED} RETURNING 1`,
          [sha256],
        );
        return removed.length > 0;
      }),
  };
}
