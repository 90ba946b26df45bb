import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import {
  crashPostgres,
  postgresUrl,
  resumePostgres,
  startPostgres,
  stopPostgres,
} from '../../../tests/support/postgres.js';
import { storeSizes } from '../../../tests/support/stores.js';
import { openStore, type StoreLocation } from './index.js';

const root = join(import.meta.dirname, '..', '..', '..');
const CRASHES = 3;

/** Lets a process commit results for a while, then crashes it or its database. Gives what it was told is safe. */
async function commitUntil(location: StoreLocation, milliseconds: number, crash: (pid: number) => Promise<void>) {
  const script = join(root, 'tests', 'support', 'commit-forever.mjs');
  const child = spawn(process.execPath, [script, JSON.stringify(location)], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit');
  const lines: string[] = [];
  const reader = createInterface(child.stdout);
  const ended = once(reader, 'close');
  const first = once(reader, 'line');
  reader.on('line', (line) => lines.push(line));
  await Promise.race([first, exited]);
  await new Promise((later) => setTimeout(later, milliseconds));
  await crash(child.pid!);
  child.kill('SIGKILL');
  await Promise.all([exited, ended]);
  const [jobId, ...acknowledged] = lines;
  return { jobId: jobId!, acknowledged: acknowledged.map(Number) };
}

/** Whether everything acknowledged is there, and what is there is whole. */
async function examine(location: StoreLocation, jobId: string, acknowledged: readonly number[]) {
  const store = await openStore(location);
  const sql = new pg.Pool({ connectionString: store.databaseUrl });
  const found = await sql.query<{ task_index: number }>('SELECT task_index FROM results_v1 WHERE job_id = $1', [jobId]);
  const kept = new Set(found.rows.map((row) => row.task_index));
  const { rows: torn } = await sql.query(
    `SELECT 1 FROM jobs_v1 j WHERE
       j.succeeded <> (SELECT count(*) FROM results r WHERE r.job_id = j.id)
       OR j.succeeded <> (SELECT count(*) FROM tasks t WHERE t.job_id = j.id AND t.state = 'succeeded')
       OR j.succeeded <> (SELECT count(*) FROM attempts a WHERE a.job_id = j.id AND a.state = 'succeeded')
       OR j.succeeded <> (SELECT count(*) FROM events e WHERE e.job_id = j.id AND e.type = 'task.succeeded')
       OR j.running <> (SELECT count(*) FROM tasks t WHERE t.job_id = j.id AND t.state IN ('leased', 'running'))
       OR (SELECT cursor FROM job_classes c WHERE c.job_id = j.id) <> (SELECT count(*) FROM tasks t WHERE t.job_id = j.id)`,
  );
  const { rows: log } = await sql.query('SELECT max(seq) = count(*) AS whole FROM events');
  await sql.end();
  await store.close();
  return { lost: acknowledged.filter((index) => !kept.has(index)), torn, logIsWhole: log[0].whole };
}

describe('a crash loses nothing that was acknowledged and tears nothing apart', () => {
  // The process under test runs what is built, like everybody's.
  execFileSync(join(root, 'node_modules', '.bin', 'tsc'), ['-b', 'libs/store'], { cwd: root });

  it('embedded: kill -9 of the process', { timeout: 180_000 }, async () => {
    const { location, dispose } = await storeSizes.find(({ kind }) => kind === 'embedded')!.fresh();
    let acknowledgedInAll = 0;
    for (let crash = 0; crash < CRASHES; crash++) {
      const kill = async (pid: number) => void process.kill(pid, 'SIGKILL');
      const { jobId, acknowledged } = await commitUntil(location, 150 + crash * 200, kill);
      acknowledgedInAll += acknowledged.length;
      expect(await examine(location, jobId, acknowledged)).toEqual({ lost: [], torn: [], logIsWhole: true });
    }
    expect(acknowledgedInAll).toBeGreaterThan(CRASHES);
    await dispose();
  });

  it('cluster: kill -9 of the database server', { timeout: 180_000 }, async () => {
    const server = await startPostgres();
    const location = { databaseUrl: postgresUrl(server, 'postgres') };
    await (await openStore(location)).close();
    let acknowledgedInAll = 0;
    for (let crash = 0; crash < CRASHES; crash++) {
      const { jobId, acknowledged } = await commitUntil(location, 150 + crash * 200, () => crashPostgres(server));
      await resumePostgres(server);
      acknowledgedInAll += acknowledged.length;
      expect(await examine(location, jobId, acknowledged)).toEqual({ lost: [], torn: [], logIsWhole: true });
    }
    expect(acknowledgedInAll).toBeGreaterThan(CRASHES);
    await stopPostgres(server);
  });

  it('a store finds its server again after the crash', { timeout: 180_000 }, async () => {
    const server = await startPostgres();
    const store = await openStore({ databaseUrl: postgresUrl(server, 'postgres') });
    await store.leadership.acquire('test');
    await crashPostgres(server);
    expect(await store.ping()).toBe(false);
    await expect(store.jobs.get('x')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(store.nodes.get('x')).rejects.toMatchObject({ code: 'unavailable' });
    const op = { kind: 'started', attemptId: 'a', jobId: 'j', taskIndex: 0 } as const;
    await expect(store.dispatch.commit(op)).rejects.toMatchObject({ code: 'unavailable' });
    await resumePostgres(server);
    expect(await store.ping()).toBe(true);
    expect(await store.nodes.get('x')).toBeNull();
    expect(await store.dispatch.commit(op)).toEqual({ applied: false, task: null });
    await store.close();
    await stopPostgres(server);
  });
});
