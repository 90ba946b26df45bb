/** Questions to a farm whose scheduler or database may be away at the moment: asked again until it answers. */
import pg from 'pg';
import { wait } from './faults/fault.js';

/** How long a farm may be away, its restart included. */
const patienceMs = 120_000;

export async function persist<T>(what: string, ask: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`${what}: ${(error as Error).message}`, { cause: error });
      await wait(100);
    }
  }
}

/** A pool that outlives the server's restarts. */
export function openPool(databaseUrl: string): pg.Pool {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 2, connectionTimeoutMillis: 5000 });
  pool.on('error', () => {});
  return pool;
}

export const query = <T extends object>(pool: pg.Pool, text: string, values: unknown[] = []): Promise<T[]> =>
  persist('the database does not answer', async () => (await pool.query<T>(text, values)).rows);

/** Submits a batch; the key makes a resend after a lost answer harmless. */
export const submit = (api: string, batch: object, key: string): Promise<{ id: string }> =>
  persist('the job is not taken', async () => {
    const answer = await fetch(`${api}/api/v1/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify(batch),
      signal: AbortSignal.timeout(20_000),
    });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return (await answer.json()) as { id: string };
  });
