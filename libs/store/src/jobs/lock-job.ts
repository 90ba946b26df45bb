import { AtelierError } from '@atelier/contracts';
import type { Queries } from '../database/database.js';
import { SUMMARY_COLUMNS, toSummary, type SummaryRow } from './row.js';
import type { JobSummary } from './types.js';

/** Locks a job for the rest of the transaction, as every change of it or of its tasks does first. Throws `not_found`. */
export async function lockJob(queries: Queries, id: string): Promise<JobSummary> {
  const [row] = await queries.query<SummaryRow>(`SELECT ${SUMMARY_COLUMNS} FROM jobs WHERE id = $1 FOR UPDATE`, [id]);
  if (!row) throw new AtelierError('not_found', `There is no job ${id}.`);
  return toSummary(row);
}
