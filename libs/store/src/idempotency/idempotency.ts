import { AtelierError } from '@atelier/contracts';
import type { Database, Queries } from '../database/database.js';
import { cleanText } from '../dispatch/columns.js';
import type { Idempotency, IdempotencyKey, IdempotencyRecord } from './types.js';

interface Row {
  body_hash: string;
  answer: string;
}

/**
 * Takes the key for a request, first in the transaction that does what the request asks for: a second request with the
 * key waits until that has committed. Returns the answer of the first request if there was one.
 * Throws `idempotency_mismatch`.
 */
export async function claimIdempotencyKey(queries: Queries, record: IdempotencyRecord): Promise<string | undefined> {
  const { principal, route, key, bodyHash, answer } = record;
  const claimed = await queries.query(
    `INSERT INTO idempotency_keys AS k (principal, route, key, body_hash, answer, expires_at)
     VALUES ($1, $2, $3, $4, $5, now() + interval '24 hours')
     ON CONFLICT (principal, route, key) DO UPDATE
       SET body_hash = excluded.body_hash, answer = excluded.answer, expires_at = excluded.expires_at
       WHERE k.expires_at <= now()
     RETURNING 1`,
    [principal, route, cleanText(key), bodyHash, answer],
  );
  if (claimed.length > 0) {
    await queries.query('DELETE FROM idempotency_keys WHERE expires_at <= now()');
    return undefined;
  }
  return (await findAnswer(queries, record)) ?? undefined;
}

async function findAnswer(
  queries: Queries,
  { principal, route, key, bodyHash }: IdempotencyKey,
): Promise<string | null> {
  const [row] = await queries.query<Row>(
    `SELECT body_hash, answer FROM idempotency_keys
     WHERE principal = $1 AND route = $2 AND key = $3 AND expires_at > now()`,
    [principal, route, cleanText(key)],
  );
  if (!row) return null;
  if (row.body_hash !== bodyHash)
    throw new AtelierError(
      'idempotency_mismatch',
      `The Idempotency-Key "${key}" was used for another ${route} within 24 hours: take a new key for a new request.`,
    );
  return row.answer;
}

export function createIdempotency(database: Database): Idempotency {
  return { find: (key) => findAnswer(database, key) };
}
