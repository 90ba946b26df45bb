import { attemptStates, taskStates, type AttemptState, type TaskState } from '@atelier/contracts';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addJob, leaseTask, resultOf } from '../../../../tests/support/queue-fixture.js';
import { storeSizes } from '../../../../tests/support/stores.js';
import { openStore, type AttemptKey, type DispatchOp, type Store } from '../index.js';
import { counterOf } from './settle-jobs.js';
import { transitions, type Move } from './transitions.js';

const moves = Object.keys(transitions) as Move[];

function opOf(kind: Move, key: AttemptKey, retry: boolean): Extract<DispatchOp, { kind: Move }> {
  if (kind === 'failed') return { kind, ...key, cause: 'ENGINE_CRASHED', message: 'it broke', retry };
  if (kind === 'revoked') return { kind, ...key, reason: 'no longer wanted' };
  return { kind, ...key };
}

/** What the table says, for an attempt that holds its task. */
function expected(kind: Move, attempt: AttemptState, task: TaskState, retry: boolean) {
  const { attemptFrom, attemptTo, taskFrom, taskTo, needsTask } = transitions[kind];
  const holds = taskFrom.includes(task);
  if (!attemptFrom.includes(attempt) || (needsTask && !holds)) return { applied: false, attempt, task };
  const to = taskTo !== 'pending-or-dead' ? taskTo : retry ? 'pending' : 'dead';
  return { applied: true, attempt: attemptTo, task: holds ? to : task };
}

describe.each(storeSizes)('$kind: transitions', (size) => {
  let store: Store;
  let dispose: () => Promise<void>;
  let sql: pg.Pool;

  beforeAll(async () => {
    const fresh = await size.fresh();
    dispose = fresh.dispose;
    store = await openStore(fresh.location);
    await store.leadership.acquire('test');
    sql = new pg.Pool({ connectionString: store.databaseUrl });
  });
  afterAll(async () => {
    await sql.end();
    await store.close();
    await dispose();
  });

  /** A job of one task in exactly these states, its counter included. */
  async function placed(attempt: AttemptState, task: TaskState, holds = true): Promise<AttemptKey> {
    const jobId = await addJob(store, 1);
    const key = await leaseTask(store, jobId, 0);
    await sql.query('UPDATE attempts SET state = $2 WHERE id = $1', [key.attemptId, attempt]);
    await sql.query('UPDATE tasks SET state = $2, attempt_id = $3 WHERE job_id = $1', [
      jobId,
      task,
      holds ? key.attemptId : 'another',
    ]);
    const counter = counterOf[task] ?? (task === 'cancelled' ? 'cancelled' : null);
    await sql.query('UPDATE jobs SET running = 0 WHERE id = $1', [jobId]);
    if (counter) await sql.query(`UPDATE jobs SET ${counter} = 1 WHERE id = $1`, [jobId]);
    return key;
  }

  async function statesOf(key: AttemptKey) {
    const [attempt, task, job] = await Promise.all([
      store.tasks.attempt(key.attemptId),
      store.tasks.get(key),
      store.jobs.get(key.jobId),
    ]);
    return { attempt: attempt!.state, task: task!.state, counts: job!.counts };
  }

  it.each(moves)('%s does what the table says from every pair of states', async (kind) => {
    const cells = attemptStates.flatMap((attempt) => taskStates.map((task) => ({ attempt, task })));
    for (const retry of kind === 'failed' ? [true, false] : [true]) {
      await Promise.all(
        cells.map(async ({ attempt, task }) => {
          const key = await placed(attempt, task);
          const wanted = expected(kind, attempt, task, retry);
          const outcome = await store.dispatch.commit(opOf(kind, key, retry));
          const now = await statesOf(key);
          const cell = `${kind} of ${attempt}/${task}`;
          expect({ cell, ...outcome }).toEqual({ cell, applied: wanted.applied, task: wanted.task });
          expect({ cell, attempt: now.attempt, task: now.task }).toEqual({
            cell,
            attempt: wanted.attempt,
            task: wanted.task,
          });
          const counter = counterOf[wanted.task] ?? (wanted.task === 'cancelled' ? 'cancelled' : 'pending');
          expect({ cell, counted: now.counts[counter] }).toEqual({ cell, counted: 1 });
        }),
      );
    }
  });

  it.each(moves)('%s leaves a task alone that another attempt holds', async (kind) => {
    for (const attempt of transitions[kind].attemptFrom) {
      const key = await placed(attempt, 'running', false);
      const outcome = await store.dispatch.commit(opOf(kind, key, false));
      const now = await statesOf(key);
      expect(now.task).toBe('running');
      expect(outcome).toEqual({ applied: !transitions[kind].needsTask, task: 'running' });
    }
  });

  it('knows no attempt that it did not lease', async () => {
    const jobId = await addJob(store, 1);
    const key = { attemptId: 'nobody', jobId, taskIndex: 0 };
    for (const kind of moves)
      expect(await store.dispatch.commit(opOf(kind, key, false))).toEqual({ applied: false, task: null });
    expect(await store.dispatch.commit(resultOf(key))).toEqual({ accepted: false, superseded: [] });
  });

  describe('acceptance of a result', () => {
    const cases = attemptStates.flatMap((attempt) =>
      (['none', 'of another attempt', 'a tombstone'] as const).map((present) => ({ attempt, present })),
    );

    it.each(cases)('attempt $attempt, result present: $present', async ({ attempt, present }) => {
      const key = await placed(attempt, 'running');
      if (present !== 'none') {
        await store.artifacts.put({ ...resultOf(key), sha256: 'earlier', kind: 'result' });
        await sql.query(
          `INSERT INTO results (job_id, task_index, attempt_id, node_id, sha256, pixel_sha256, file, seed, prompt)
           VALUES ($1, 0, 'earlier', 'node-0', 'earlier', 'p', 'f', 1, '')`,
          [key.jobId],
        );
        if (present === 'a tombstone') expect(await store.gallery.remove([key])).toHaveLength(1);
      }
      const accepted = present === 'none' && (attempt === 'running' || attempt === 'lapsed');
      for (const time of ['first', 'second'])
        expect({ time, ...(await store.dispatch.commit(resultOf(key))) }).toEqual({ time, accepted, superseded: [] });

      const now = await statesOf(key);
      expect(now.attempt).toBe(accepted ? 'succeeded' : attempt);
      const kept = await store.results.get(key);
      expect(kept?.sha256 ?? null).toBe(
        accepted ? resultOf(key).sha256 : present === 'of another attempt' ? 'earlier' : null,
      );
      if (accepted) expect(now.counts).toMatchObject({ succeeded: 1, running: 0 });
    });

    it.each(taskStates.filter((state) => state !== 'succeeded' && state !== 'cancelled'))(
      'takes the task from %s to succeeded and completes the job',
      async (task) => {
        const key = await placed('lapsed', task);
        expect(await store.dispatch.commit(resultOf(key))).toEqual({ accepted: true, superseded: [] });
        const now = await statesOf(key);
        expect(now.task).toBe('succeeded');
        expect(now.counts).toEqual({
          total: 1,
          pending: 0,
          running: 0,
          succeeded: 1,
          dead: 0,
          cancelled: 0,
          withheld: 0,
        });
        expect((await store.jobs.get(key.jobId))!.state).toBe('completed');
      },
    );
  });
});
