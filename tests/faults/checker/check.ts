/** All rules over what a run has left behind. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { readAudit, type AuditRow } from '../audit.js';
import { logDiffers, sequenceGaps, type EventRow } from './event-log.js';
import { staleLeaderWrites, twoLiveLeases } from './leases.js';
import {
  acceptedRevoked,
  doubleResults,
  lostFromSpool,
  lostResults,
  otherPixels,
  type ResultRow,
  type WantedJob,
} from './results.js';
import { illegalTransitions } from './transitions.js';
import type { Violation } from './violation.js';

/** What a run has left behind. */
export interface Evidence {
  results: readonly ResultRow[];
  audit: readonly AuditRow[];
  log: readonly EventRow[];
  /** Numbers of the events that a reader of the log got while the run went on. */
  seen: readonly number[];
  /** Jobs whose every task must have its picture. */
  wanted: readonly WantedJob[];
  /** Pixel hashes of a run in which nothing was disturbed, by seed. */
  quiet: ReadonlyMap<number, string>;
}

/** Everything that is wrong. Empty: every promise was kept. */
export function check({ results, audit, log, seen, wanted, quiet }: Evidence): Violation[] {
  return [
    ...lostResults(results, wanted),
    ...doubleResults(results, audit),
    ...acceptedRevoked(audit),
    ...lostFromSpool(audit),
    ...illegalTransitions(audit),
    ...twoLiveLeases(audit),
    ...staleLeaderWrites(audit),
    ...sequenceGaps(log, seen),
    ...logDiffers(log, audit),
    ...otherPixels(results, quiet),
  ];
}

/**
 * Reads results, trail and log; every file that a result names is read and hashed. `finishReading` ends the reader that
 * follows the log, after the log was read here: the farm still lives and tells of its nodes.
 */
export async function gather(
  database: pg.Pool,
  artifacts: string,
  finishReading: () => Promise<number[]>,
  known: Pick<Evidence, 'wanted' | 'quiet'>,
): Promise<Evidence> {
  const { rows } = await database.query<Omit<ResultRow, 'fileSha256'>>(
    `SELECT job_id AS "jobId", task_index AS "taskIndex", attempt_id AS "attemptId", seed::float8 AS seed,
            pixel_sha256 AS "pixelSha256", sha256 FROM results ORDER BY 1, 2`,
  );
  const results: ResultRow[] = [];
  for (const row of rows) results.push({ ...row, fileSha256: await hashOf(artifacts, row.sha256) });
  const { rows: log } = await database.query<EventRow>(
    `SELECT seq::float8 AS seq, type, job_id AS "jobId", task_index AS "taskIndex", data FROM events ORDER BY seq`,
  );
  return { results, log, audit: await readAudit(database), seen: await finishReading(), ...known };
}

async function hashOf(artifacts: string, sha256: string): Promise<string | null> {
  try {
    const file = await readFile(join(artifacts, sha256.slice(0, 2), sha256));
    return createHash('sha256').update(file).digest('hex');
  } catch {
    return null;
  }
}
