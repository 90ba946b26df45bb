import type { Queries } from '../database/database.js';

/** How often the embedded database is tidied up. */
const TIDY_EVERY_MS = 5 * 60_000;

/**
 * Vacuums, refreshes the planner's statistics and checkpoints from time to time, which PostgreSQL's background processes
 * do on a server and nobody does in PGlite. Returns how to stop it; that waits for a round under way.
 */
export function keepTidy(queries: Queries, everyMs = TIDY_EVERY_MS): () => Promise<void> {
  let round: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    // A round that fails is made up for by the next one.
    round = tidy(queries).catch(() => {});
  }, everyMs);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await round;
  };
}

async function tidy(queries: Queries): Promise<void> {
  await queries.query('VACUUM ANALYZE');
  await queries.query('CHECKPOINT');
}
