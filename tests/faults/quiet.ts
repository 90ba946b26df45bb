/** The same pictures in peace: what every disturbed run has to give, by seed. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { openPool, query, submit } from './ask.js';
import { batchOf, modelFolder } from './batch.js';
import { startEmbeddedFarm } from './farm/embedded-farm.js';
import { wait } from './faults/fault.js';

/** Draws the seeds 1 to `tasks` on a farm that nobody harms, and gives their pixel hashes. */
export async function drawAll(api: string, pool: pg.Pool, tasks: number): Promise<Map<number, string>> {
  const { id } = await submit(api, batchOf('quiet', 1, tasks), 'quiet');
  const state = async () =>
    (await query<{ state: string }>(pool, 'SELECT state FROM jobs WHERE id = $1', [id]))[0]!.state;
  for (let now = await state(); now !== 'completed'; now = await state()) {
    if (now === 'failed') throw new Error('the quiet run failed');
    await wait(200);
  }
  const rows = await query<{ seed: number; pixels: string }>(
    pool,
    'SELECT seed::float8 AS seed, pixel_sha256 AS pixels FROM results WHERE job_id = $1',
    [id],
  );
  return new Map(rows.map(({ seed, pixels }) => [seed, pixels]));
}

/** The same on a farm of its own. */
export async function drawInPeace(tasks: number, agents: number): Promise<Map<number, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'atelier-quiet-'));
  const farm = await startEmbeddedFarm({ agents, folder, env: { ATELIER_MODELS: modelFolder } });
  const pool = openPool(farm.databaseUrl);
  try {
    return await drawAll(farm.api, pool, tasks);
  } finally {
    await pool.end();
    await farm.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
