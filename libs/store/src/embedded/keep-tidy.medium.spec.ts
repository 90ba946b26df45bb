import pg from 'pg';
import { expect, it, vi } from 'vitest';
import { storeSizes } from '../../../../tests/support/stores.js';
import { connect } from '../database/database.js';
import { openStore } from '../index.js';
import { keepTidy } from './keep-tidy.js';

it('vacuums and analyses the tables that changed, and no others', async () => {
  const { location, dispose } = await storeSizes.find(({ kind }) => kind === 'embedded')!.fresh();
  const store = await openStore(location);
  const database = connect(store.databaseUrl);
  const sql = new pg.Pool({ connectionString: store.databaseUrl });
  const state = async () => {
    const { rows } = await sql.query<{ name: string; dead: number; vacuums: number; analyses: number }>(
      `SELECT relname AS name, n_dead_tup::integer AS dead, vacuum_count::integer AS vacuums, analyze_count::integer AS analyses
       FROM pg_stat_user_tables WHERE relname IN ('events', 'models') ORDER BY 1`,
    );
    return rows;
  };
  await sql.query(
    `INSERT INTO events SELECT i, now(), 'job.changed', NULL, NULL, NULL, '{}' FROM generate_series(1, 5000) i`,
  );
  await sql.query('DELETE FROM events WHERE seq > 1000');
  await sql.query('SELECT pg_stat_force_next_flush()');
  const before = await state();
  expect(before[0]!.dead).toBe(4000);

  const stop = keepTidy(database, 50);
  await vi.waitUntil(async () => (await state())[0]!.dead === 0, { timeout: 20_000, interval: 100 });
  await stop();
  const [events, models] = await state();
  expect(events).toMatchObject({ vacuums: before[0]!.vacuums + 1, analyses: before[0]!.analyses + 1 });
  expect(models).toEqual(before[1]);

  await sql.end();
  await database.close();
  await store.close();
  await dispose();
});
