import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addJob, leaseTask, resultOf, startTask } from '../../../../tests/support/queue-fixture.js';
import { storeSizes } from '../../../../tests/support/stores.js';
import { newId, openStore, type AttemptKey, type Store } from '../index.js';

describe.each(storeSizes)('$kind: late copies', (size) => {
  let store: Store;
  let dispose: () => Promise<void>;

  beforeAll(async () => {
    const fresh = await size.fresh();
    dispose = fresh.dispose;
    store = await openStore(fresh.location);
    await store.leadership.acquire('test');
  });
  afterAll(async () => {
    await store.close();
    await dispose();
  });

  const copyOp = ({ jobId, taskIndex }: AttemptKey) =>
    ({ kind: 'copy', attemptId: newId(), jobId, taskIndex, nodeId: 'node-2', slotId: 'node-2/0' }) as const;
  const keyOf = ({ attemptId, jobId, taskIndex }: AttemptKey): AttemptKey => ({ attemptId, jobId, taskIndex });
  /** A task at which one attempt works, and a copy of that. */
  async function copied() {
    const first = await startTask(store, await addJob(store, 1), 0);
    const op = copyOp(first);
    expect(await store.dispatch.commit(op)).toEqual({ granted: true, number: 2 });
    const copy = keyOf(op);
    await store.dispatch.commit({ kind: 'started', ...copy });
    return { first, copy, op };
  }
  const states = async (...keys: AttemptKey[]) => {
    const attempts = await Promise.all(keys.map(({ attemptId }) => store.tasks.attempt(attemptId)));
    const task = await store.tasks.get(keys[0]!);
    return [...attempts.map((attempt) => attempt!.state), task!.state];
  };

  it('leave the task with the first attempt; the count of running tasks stays', async () => {
    const { first, copy } = await copied();
    expect(await states(first, copy)).toEqual(['running', 'running', 'running']);
    expect((await store.jobs.get(first.jobId))!.counts).toMatchObject({ running: 1, pending: 0 });
  });

  it('are one at a time, and granted again to the one that is it', async () => {
    const first = await startTask(store, await addJob(store, 1), 0);
    const op = copyOp(first);
    await store.dispatch.commit(op);
    expect(await store.dispatch.commit(op)).toEqual({ granted: true, number: 2 });
    expect(await store.dispatch.commit(copyOp(first))).toEqual({ granted: false, number: 0 });
  });

  it('are made of nothing that waits, is made, has lapsed, or is of a job that takes no leases', async () => {
    const jobId = await addJob(store, 4);
    const uploading = await startTask(store, jobId, 0);
    await store.dispatch.commit({ kind: 'uploading', ...uploading });
    const lapsed = await startTask(store, jobId, 1);
    await store.dispatch.commit({ kind: 'lapsed', ...lapsed });
    const done = await startTask(store, jobId, 2);
    await store.dispatch.commit(resultOf(done));
    const never = { attemptId: '', jobId, taskIndex: 3 };
    for (const key of [uploading, lapsed, done, never])
      expect(await store.dispatch.commit(copyOp(key))).toEqual({ granted: false, number: 0 });
    const paused = await leaseTask(store, await addJob(store, 1), 0);
    await store.jobs.pause(paused.jobId);
    expect(await store.dispatch.commit(copyOp(paused))).toEqual({ granted: false, number: 0 });
  });

  it.each(['first', 'copy'] as const)(
    'end with the first result, here of the %s; the other is revoked',
    async (who) => {
      const pair = await copied();
      const [winner, loser] = who === 'first' ? [pair.first, pair.copy] : [pair.copy, pair.first];
      await store.dispatch.commit({ kind: 'uploading', ...winner });
      const { attemptId } = loser;
      const nodeId = who === 'first' ? 'node-2' : 'node-1';
      expect(await store.dispatch.commit(resultOf(winner))).toEqual({
        accepted: true,
        superseded: [{ attemptId, nodeId }],
      });
      expect(await store.dispatch.commit(resultOf(loser))).toEqual({ accepted: false, superseded: [] });
      expect(await states(winner, loser)).toEqual(['succeeded', 'revoked', 'succeeded']);
      expect((await store.jobs.get(winner.jobId))!).toMatchObject({
        state: 'completed',
        counts: { succeeded: 1, running: 0 },
      });
    },
  );

  it.each(['lapsed', 'revoked', 'failed'] as const)('have the task once the first attempt has %s', async (kind) => {
    const { first, copy } = await copied();
    const more = { reason: 'gone', cause: 'ENGINE_CRASHED', message: 'it broke', retry: false };
    expect(await store.dispatch.commit({ kind, ...first, ...more } as never)).toEqual({
      applied: true,
      task: 'running',
    });
    expect(await states(first, copy)).toEqual([kind, 'running', 'running']);
    // As any attempt that has its task.
    await store.dispatch.commit({ kind: 'failed', ...copy, cause: 'X', message: 'y', retry: true });
    expect(await states(first, copy)).toEqual([kind, 'failed', 'pending']);
    expect((await store.jobs.get(first.jobId))!.counts).toMatchObject({ running: 0, pending: 1 });
  });

  it('that end leave the task with the first attempt', async () => {
    const { first, copy } = await copied();
    await store.dispatch.commit({ kind: 'failed', ...copy, cause: 'X', message: 'y', retry: false });
    expect(await states(first, copy)).toEqual(['running', 'failed', 'running']);
    expect(await store.dispatch.commit(copyOp(first))).toEqual({ granted: true, number: 3 });
  });

  it('are revoked with their job', async () => {
    const { first, copy } = await copied();
    await store.jobs.cancel(first.jobId);
    expect(await states(first, copy)).toEqual(['revoked', 'revoked', 'cancelled']);
  });
});
