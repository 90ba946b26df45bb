import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addJob, leaseTask, resultOf, startTask } from '../../../../tests/support/queue-fixture.js';
import { storeSizes } from '../../../../tests/support/stores.js';
import { newId, openStore, type Store } from '../index.js';

describe.each(storeSizes)('$kind: cancel and retry', (size) => {
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

  describe('cancel', () => {
    it('discards what is unfinished, keeps finished pictures and revokes for ever', async () => {
      const jobId = await addJob(store, 6);
      const done = await startTask(store, jobId, 0);
      await store.dispatch.commit(resultOf(done));
      const dead = await startTask(store, jobId, 1);
      await store.dispatch.commit({ kind: 'failed', ...dead, cause: 'LOAD_FAILED', message: 'm', retry: false });
      const running = await startTask(store, jobId, 2, 'node-2');
      const lapsed = await startTask(store, jobId, 3, 'node-3');
      await store.dispatch.commit({ kind: 'lapsed', ...lapsed });
      const leased = await leaseTask(store, jobId, 4, 'node-4');

      const { job, revoked } = await store.jobs.cancel(jobId);
      expect(job).toMatchObject({
        state: 'cancelling',
        counts: { total: 6, pending: 0, running: 0, succeeded: 1, dead: 1, cancelled: 4 },
      });
      expect(revoked.sort((a, b) => a.taskIndex - b.taskIndex)).toEqual([
        { ...running, nodeId: 'node-2' },
        { ...lapsed, nodeId: 'node-3' },
        { ...leased, nodeId: 'node-4' },
      ]);
      for (const key of [running, lapsed, leased]) {
        expect((await store.tasks.get(key))!.state).toBe('cancelled');
        expect(await store.dispatch.commit(resultOf(key))).toEqual({ accepted: false, superseded: [] });
      }
      expect(await store.results.get(done)).not.toBeNull();

      expect((await store.jobs.unfinishedJob(jobId))!.live).toEqual([]);
      expect(await store.jobs.finishCancelling(jobId)).toMatchObject({
        state: 'cancelled',
        finishedAt: expect.any(Date),
      });
      expect((await store.jobs.finishCancelling(jobId)).state).toBe('cancelled');
      expect(await store.jobs.cancel(jobId)).toMatchObject({ job: { state: 'cancelled' }, revoked: [] });
    });

    it('ends at once when no agent holds anything', async () => {
      const jobId = await addJob(store, 1_000_000);
      expect(await store.jobs.cancel(jobId)).toMatchObject({
        job: { state: 'cancelled', counts: { pending: 0, cancelled: 1_000_000 } },
        revoked: [],
      });
    });

    it('refuses a job that has ended', async () => {
      const jobId = await addJob(store, 1);
      await store.dispatch.commit(resultOf(await startTask(store, jobId, 0)));
      for (const change of [store.jobs.cancel, store.jobs.pause, store.jobs.resume])
        await expect(change(jobId)).rejects.toMatchObject({ code: 'conflict' });
    });

    it('loses no count against transitions that are written at the same time', async () => {
      const jobId = await addJob(store, 51);
      const keys = await Promise.all(Array.from({ length: 50 }, (_, i) => startTask(store, jobId, i)));
      // Its result never comes: however fast the others are, there is something left to cancel.
      await startTask(store, jobId, 50);
      const [, ...outcomes] = await Promise.all([
        new Promise((later) => setTimeout(later, 3)).then(() => store.jobs.cancel(jobId)),
        ...keys.map(async (key, i) => {
          await new Promise((later) => setTimeout(later, i / 8));
          return store.dispatch.commit(resultOf(key));
        }),
      ]);
      const succeeded = outcomes.filter((outcome) => outcome.accepted).length;
      expect((await store.jobs.get(jobId))!.counts).toEqual({
        total: 51,
        pending: 0,
        running: 0,
        succeeded,
        dead: 0,
        cancelled: 51 - succeeded,
        withheld: 0,
      });
    });
  });

  describe('retry', () => {
    it('queues dead tasks again, once, and revokes the lapsed attempts at them', async () => {
      const jobId = await addJob(store, 2);
      const lapsed = await startTask(store, jobId, 0);
      await store.dispatch.commit({ kind: 'lapsed', ...lapsed });
      await store.dispatch.commit({ kind: 'failed', ...lapsed, cause: 'LOAD_FAILED', message: 'm', retry: true });
      const older = await again(jobId, 0, 'node-2');
      await store.dispatch.commit({ kind: 'lapsed', ...older });
      const last = await again(jobId, 0, 'node-3');
      await store.dispatch.commit({ kind: 'failed', ...last, cause: 'LOAD_FAILED', message: 'm', retry: false });
      await store.dispatch.commit(resultOf(await startTask(store, jobId, 1)));
      expect((await store.jobs.get(jobId))!.state).toBe('failed');

      const first = await store.jobs.retry(jobId);
      expect(first).toMatchObject({
        requeued: 1,
        job: { state: 'queued', finishedAt: null, counts: { pending: 1, dead: 0 } },
      });
      expect(await store.jobs.retry(jobId)).toMatchObject({ requeued: 0, job: { state: 'queued' } });
      expect(await store.dispatch.commit(resultOf(older))).toEqual({ accepted: false, superseded: [] });
      expect((await store.jobs.unfinishedJob(jobId))!.returned).toEqual([
        { taskIndex: 0, classId: 0, failures: 2, failedNodes: ['node-1', 'node-3'] },
      ]);
    });

    it('takes up a cancelled job where it was', async () => {
      const jobId = await addJob(store, 3);
      await startTask(store, jobId, 0);
      await store.jobs.cancel(jobId);
      await expect(store.jobs.retry(jobId)).rejects.toMatchObject({ code: 'conflict' });
      await store.jobs.finishCancelling(jobId);
      expect(await store.jobs.retry(jobId)).toMatchObject({
        requeued: 3,
        job: { state: 'queued', counts: { pending: 3 } },
      });
      expect(await store.jobs.unfinishedJob(jobId)).toMatchObject({
        classes: [{ classId: 0, count: 3, cursor: 1 }],
        returned: [{ taskIndex: 0, failures: 0, failedNodes: [] }],
        live: [],
      });
    });

    it('takes up what was cancelled and leaves what had failed, where that is asked for', async () => {
      const jobId = await addJob(store, 3);
      const dead = await startTask(store, jobId, 0);
      await store.dispatch.commit({ kind: 'failed', ...dead, cause: 'LOAD_FAILED', message: 'm', retry: false });
      await store.jobs.cancel(jobId);
      const cancelled = ['cancelled'] as const;
      expect(await store.jobs.retry(jobId, cancelled)).toMatchObject({
        requeued: 2,
        job: { state: 'queued', counts: { pending: 2, dead: 1, cancelled: 0 } },
      });
      expect(await store.jobs.unfinishedJob(jobId)).toMatchObject({ returned: [] });
      expect((await store.tasks.get(dead))!.state).toBe('dead');
      expect(await store.jobs.retry(jobId, cancelled)).toMatchObject({ requeued: 0 });
    });

    it('changes nothing in a job without dead or cancelled tasks', async () => {
      const jobId = await addJob(store, 1);
      await store.dispatch.commit(resultOf(await startTask(store, jobId, 0)));
      expect(await store.jobs.retry(jobId)).toMatchObject({ requeued: 0, job: { state: 'completed' } });
    });

    async function again(jobId: string, taskIndex: number, nodeId: string) {
      const key = { attemptId: newId(), jobId, taskIndex };
      await store.dispatch.commit({ kind: 'lease', ...key, classId: 0, nodeId, slotId: `${nodeId}/0` });
      await store.dispatch.commit({ kind: 'started', ...key });
      return key;
    }
  });
});
