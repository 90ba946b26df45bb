import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addJob, leaseTask, newJob, resultOf, startTask } from '../../../../tests/support/queue-fixture.js';
import { storeSizes } from '../../../../tests/support/stores.js';
import { newId, openStore, type AttemptKey, type LeaseOp, type Store } from '../index.js';

describe.each(storeSizes)('$kind: dispatch', (size) => {
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

  const leaseOp = (jobId: string, taskIndex: number, change: Partial<LeaseOp> = {}): LeaseOp => ({
    kind: 'lease',
    attemptId: newId(),
    jobId,
    taskIndex,
    classId: 0,
    ordinal: taskIndex,
    nodeId: 'node-1',
    slotId: 'node-1/0',
    ...change,
  });
  const countsOf = async (jobId: string) => (await store.jobs.get(jobId))!.counts;

  describe('lease', () => {
    it('makes the attempt, counts the task as running and moves the cursor', async () => {
      const jobId = await addJob(store, 3);
      const { attemptId } = await leaseTask(store, jobId, 0);
      expect(await store.tasks.attempt(attemptId)).toMatchObject({ number: 1, state: 'leased', nodeId: 'node-1' });
      expect(await countsOf(jobId)).toMatchObject({ pending: 2, running: 1 });
      expect((await store.jobs.unfinishedJob(jobId))!.classes).toEqual([{ classId: 0, count: 3, cursor: 1 }]);
      expect((await store.jobs.get(jobId))!.state).toBe('queued');
    });

    it('grants a task once, and again to the attempt that has it', async () => {
      const jobId = await addJob(store, 1);
      const op = leaseOp(jobId, 0);
      expect(await store.dispatch.commit(op)).toEqual({ granted: true, number: 1 });
      expect(await store.dispatch.commit(op)).toEqual({ granted: true, number: 1 });
      expect(await store.dispatch.commit(leaseOp(jobId, 0))).toEqual({ granted: false, number: 0 });
      expect(await countsOf(jobId)).toMatchObject({ running: 1 });
    });

    it('numbers the attempts at a task', async () => {
      const jobId = await addJob(store, 1);
      for (const number of [1, 2, 3]) {
        const op = leaseOp(jobId, 0, number > 1 ? { ordinal: undefined } : {});
        expect(await store.dispatch.commit(op)).toEqual({ granted: true, number });
        await store.dispatch.commit({ ...op, kind: 'lapsed' });
      }
      expect((await store.tasks.attempts({ jobId, taskIndex: 0 })).map((a) => a.state)).toEqual(
        Array(3).fill('lapsed'),
      );
    });

    it('refuses what is ahead of the cursor, so that no task is forgotten', async () => {
      const jobId = await addJob(store, 5);
      const outcomes = await Promise.all([0, 1, 3, 4].map((i) => store.dispatch.commit(leaseOp(jobId, i))));
      expect(outcomes.map((o) => o.granted)).toEqual([true, true, false, false]);
      expect((await store.jobs.unfinishedJob(jobId))!.classes[0]!.cursor).toBe(2);
    });

    it.each([
      ['paused', (id: string) => store.jobs.pause(id)],
      ['cancelled', (id: string) => store.jobs.cancel(id)],
    ])('refuses the tasks of a %s job', async (_state, stop) => {
      const jobId = await addJob(store, 1);
      await stop(jobId);
      expect(await store.dispatch.commit(leaseOp(jobId, 0))).toEqual({ granted: false, number: 0 });
    });

    it('refuses jobs, classes and indices that do not exist', async () => {
      const jobId = await addJob(store, 1);
      for (const op of [leaseOp('nothing', 0), leaseOp(jobId, 0, { classId: 9 }), leaseOp(jobId, 1, { ordinal: 0 })])
        expect(await store.dispatch.commit(op)).toEqual({ granted: false, number: 0 });
    });
  });

  describe('one group', () => {
    it('applies ops on one task in the order of the calls', async () => {
      const jobId = await addJob(store, 1);
      const first: AttemptKey = { attemptId: newId(), jobId, taskIndex: 0 };
      const second: AttemptKey = { attemptId: newId(), jobId, taskIndex: 0 };
      const outcomes = await Promise.all([
        store.dispatch.commit(leaseOp(jobId, 0, first)),
        store.dispatch.commit({ kind: 'started', ...first }),
        store.dispatch.commit({ kind: 'lapsed', ...first }),
        store.dispatch.commit(leaseOp(jobId, 0, { ...second, ordinal: undefined })),
        store.dispatch.commit({ kind: 'started', ...second }),
        store.dispatch.commit(resultOf(first)),
        store.dispatch.commit(resultOf(second)),
      ]);
      expect(outcomes).toEqual([
        { granted: true, number: 1 },
        { applied: true, task: 'running' },
        { applied: true, task: 'pending' },
        { granted: true, number: 2 },
        { applied: true, task: 'running' },
        { accepted: true, superseded: [{ attemptId: second.attemptId, nodeId: 'node-1' }] },
        { accepted: false, superseded: [] },
      ]);
      expect(await countsOf(jobId)).toEqual({
        total: 1,
        pending: 0,
        running: 0,
        succeeded: 1,
        dead: 0,
        cancelled: 0,
        withheld: 0,
      });
      expect((await store.tasks.attempt(second.attemptId))!.state).toBe('revoked');
    });

    it('writes the others when the values of one cannot be stored', async () => {
      const jobId = await addJob(store, 3);
      const good = leaseOp(jobId, 0);
      const bad = leaseOp(jobId, 1, { taskIndex: 2 ** 40 });
      const [first, second] = await Promise.allSettled([store.dispatch.commit(good), store.dispatch.commit(bad)]);
      expect(first).toMatchObject({ status: 'fulfilled', value: { granted: true } });
      expect(second).toMatchObject({ status: 'rejected', reason: { code: 'invalid_request' } });
      expect(await countsOf(jobId)).toMatchObject({ running: 1 });
    });

    it('stores text with NULs and half characters as text without', async () => {
      const key = await startTask(store, await addJob(store, 1), 0);
      const odd = 'a\0b\ud800c';
      await store.dispatch.commit({ ...resultOf(key), prompt: odd, record: { note: odd } });
      expect(await store.results.get(key)).toMatchObject({ prompt: 'a\ufffdb\ufffdc' });
      expect((await store.tasks.attempt(key.attemptId))!.record).toEqual({ note: 'a\ufffdb\ufffdc' });
    });
  });

  describe('a job', () => {
    it('goes from queued over running to completed', async () => {
      const jobId = await addJob(store, 2);
      const states = [];
      for (const index of [0, 1]) {
        const key = await startTask(store, jobId, index);
        states.push((await store.jobs.get(jobId))!.state);
        await store.dispatch.commit({ kind: 'uploading', ...key });
        await store.dispatch.commit(resultOf(key));
      }
      const job = (await store.jobs.get(jobId))!;
      expect([...states, job.state]).toEqual(['running', 'running', 'completed']);
      expect(job.startedAt!.getTime()).toBeLessThanOrEqual(job.finishedAt!.getTime());
    });

    it('fails when its last task ends and one is dead; a late result completes it', async () => {
      const jobId = await addJob(store, 2);
      const late = await startTask(store, jobId, 0, 'node-1');
      await store.dispatch.commit({ kind: 'lapsed', ...late });
      const again: AttemptKey = { attemptId: newId(), jobId, taskIndex: 0 };
      await store.dispatch.commit(leaseOp(jobId, 0, { ...again, ordinal: undefined, nodeId: 'node-2' }));
      await store.dispatch.commit({
        kind: 'failed',
        ...again,
        cause: 'LOAD_FAILED',
        message: 'bad file',
        retry: false,
      });
      await store.dispatch.commit(resultOf(await startTask(store, jobId, 1)));
      expect(await store.jobs.get(jobId)).toMatchObject({ state: 'failed', counts: { succeeded: 1, dead: 1 } });
      expect(await store.tasks.get(again)).toMatchObject({ state: 'dead', cause: 'LOAD_FAILED', message: 'bad file' });

      expect(await store.dispatch.commit(resultOf(late))).toEqual({ accepted: true, superseded: [] });
      expect(await store.jobs.get(jobId)).toMatchObject({ state: 'completed', counts: { succeeded: 2, dead: 0 } });
    });

    it('completes while paused, when the tasks that were running end', async () => {
      const jobId = await addJob(store, 1);
      const key = await startTask(store, jobId, 0);
      await store.jobs.pause(jobId);
      await store.dispatch.commit(resultOf(key));
      expect((await store.jobs.get(jobId))!.state).toBe('completed');
    });
  });

  it('keeps one file for two results with the same content', async () => {
    const jobId = await addJob(store, 2);
    const keys = [await startTask(store, jobId, 0), await startTask(store, jobId, 1)];
    await Promise.all(keys.map((key) => store.dispatch.commit({ ...resultOf(key), sha256: 'same' })));
    expect(await store.artifacts.get('same')).toMatchObject({ references: 2 });
  });

  it('gives every one of many tasks exactly one result under concurrent, repeated, shuffled commits', async () => {
    const total = 1000;
    const job = newJob(total);
    await store.jobs.insert(job);
    const keys: AttemptKey[] = Array.from({ length: total }, (_, taskIndex) => ({
      attemptId: newId(),
      jobId: job.id,
      taskIndex,
    }));
    await Promise.all(keys.map((key) => store.dispatch.commit(leaseOp(job.id, key.taskIndex, key))));
    await Promise.all(keys.map((key) => store.dispatch.commit({ kind: 'started', ...key })));
    const twice = [...keys, ...keys].sort((a, b) => a.attemptId.slice(-4).localeCompare(b.attemptId.slice(-4)));
    const outcomes = await Promise.all(twice.map((key) => store.dispatch.commit(resultOf(key))));
    expect(outcomes.every((o) => o.accepted)).toBe(true);
    expect(await store.jobs.get(job.id)).toMatchObject({
      state: 'completed',
      counts: { succeeded: total, running: 0 },
    });
    expect((await store.results.ofJob(job.id, { size: 1000 })).items.map((r) => r.taskIndex)).toEqual(
      keys.map((key) => key.taskIndex),
    );
  });
});
