import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addJob, newJob, startTask } from '../../../../tests/support/queue-fixture.js';
import { storeSizes } from '../../../../tests/support/stores.js';
import { newId, openStore, type IdempotencyRecord, type Store } from '../index.js';

describe.each(storeSizes)('$kind: jobs', (size) => {
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

  it('gives back what was stored, the text of the batch to the letter', async () => {
    const job = newJob(10, { batchText: '{"b": 1, "a":  2}\n# ü 🖼', seedBase: 2 ** 32 - 1, warnings: ['w'] });
    expect(await store.jobs.insert(job)).toEqual({ inserted: true });
    expect(await store.jobs.get(job.id)).toEqual({
      id: job.id,
      name: 'harbour',
      project: 'postcards',
      submittedBy: 'ada',
      state: 'queued',
      priority: 0,
      model: 'postcard',
      batchText: job.batchText,
      expansionVersion: 1,
      resolved: '{}',
      seedBase: 2 ** 32 - 1,
      promptsSha256: null,
      warnings: ['w'],
      counts: { total: 10, pending: 10, running: 0, succeeded: 0, dead: 0, cancelled: 0, withheld: 0 },
      createdAt: expect.any(Date),
      startedAt: null,
      finishedAt: null,
    });
    expect(await store.jobs.get('nothing')).toBeNull();
  });

  it('keeps the assets of a job', async () => {
    await store.artifacts.put({
      sha256: 'prompts',
      kind: 'asset',
      bytes: 9,
      mediaType: 'text/csv',
      width: null,
      height: null,
    });
    await addJob(store, 1, { promptsSha256: 'prompts', assets: ['prompts', 'prompts'] });
    expect(await store.artifacts.remove('prompts')).toBe(false);
    expect(await store.artifacts.get('prompts')).toMatchObject({ references: 1 });
  });

  describe('Idempotency-Key', () => {
    const record = (change: Partial<IdempotencyRecord> = {}): IdempotencyRecord => ({
      principal: 'local',
      route: 'POST /api/v1/jobs',
      key: newId(),
      bodyHash: 'hash',
      answer: '{"id":"first"}',
      ...change,
    });

    it('makes one job of a request that is sent many times at once', async () => {
      const first = record();
      const jobs = Array.from({ length: 8 }, () => newJob(1));
      const answers = await Promise.all(jobs.map((job) => store.jobs.insert(job, { ...first, answer: job.id })));
      const winner = jobs.filter((_, i) => answers[i]!.inserted);
      expect(winner).toHaveLength(1);
      const replayed = answers.filter((answer) => !answer.inserted);
      expect(replayed).toEqual(Array(7).fill({ inserted: false, answer: winner[0]!.id }));
      expect(
        await Promise.all(jobs.map((job) => store.jobs.get(job.id))).then((all) => all.filter(Boolean)),
      ).toHaveLength(1);
      expect(await store.idempotency.find(first)).toBe(winner[0]!.id);
    });

    it('refuses another body, and leaves nothing of it', async () => {
      const first = record();
      await store.jobs.insert(newJob(1), first);
      const job = newJob(1);
      await expect(store.jobs.insert(job, { ...first, bodyHash: 'other' })).rejects.toMatchObject({
        code: 'idempotency_mismatch',
      });
      await expect(store.idempotency.find({ ...first, bodyHash: 'other' })).rejects.toMatchObject({
        code: 'idempotency_mismatch',
      });
      expect(await store.jobs.get(job.id)).toBeNull();
    });

    it('tells principals and routes apart', async () => {
      const first = record();
      await store.jobs.insert(newJob(1), first);
      for (const change of [{ principal: 'other' }, { route: 'POST /other' }])
        expect(await store.jobs.insert(newJob(1), { ...first, ...change, bodyHash: 'other' })).toEqual({
          inserted: true,
        });
    });

    it('keeps no key of a request that failed', async () => {
      const first = record();
      await expect(store.jobs.insert(newJob(0), first)).rejects.toThrow();
      expect(await store.idempotency.find(first)).toBeNull();
    });
  });

  it('lists newest first, page by page, filtered', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift(await addJob(store, 1, { project: 'pages' }));
    await store.jobs.pause(ids[2]!);
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const page = await store.jobs.list({ project: 'pages' }, { size: 2, token });
      seen.push(...page.items.map((job) => job.id));
      token = page.nextPageToken ?? undefined;
    } while (token);
    expect(seen).toEqual(ids);
    const paused = await store.jobs.list({ project: 'pages', states: ['paused'] });
    expect(paused).toMatchObject({ items: [{ id: ids[2] }], nextPageToken: null });
  });

  it.each([{ size: 0 }, { size: 1001 }, { token: 'nonsense' }, { token: 'W10' }])(
    'refuses the page %o',
    async (page) => {
      await expect(store.jobs.list({}, page)).rejects.toMatchObject({ code: 'invalid_request' });
    },
  );

  it('pauses and resumes to where it was', async () => {
    const jobId = await addJob(store, 2);
    expect((await store.jobs.pause(jobId)).state).toBe('paused');
    expect((await store.jobs.pause(jobId)).state).toBe('paused');
    expect((await store.jobs.resume(jobId)).state).toBe('queued');
    await startTask(store, jobId, 0);
    await store.jobs.pause(jobId);
    expect((await store.jobs.resume(jobId)).state).toBe('running');
    expect((await store.jobs.setPriority(jobId, 7)).priority).toBe(7);
  });

  it('names what does not exist', async () => {
    const { pause, resume, cancel, finishCancelling, retry } = store.jobs;
    for (const change of [pause, resume, cancel, finishCancelling, retry])
      await expect(change('nothing')).rejects.toMatchObject({ code: 'not_found' });
    await expect(store.jobs.setPriority('nothing', 1)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('tells a new leader what is unfinished', async () => {
    const jobId = await addJob(store, 10, {
      classes: [
        { classId: 0, count: 4 },
        { classId: 1, count: 6 },
      ],
    });
    const running = await startTask(store, jobId, 0, 'node-2');
    const returned = await startTask(store, jobId, 1);
    await store.dispatch.commit({ kind: 'revoked', ...returned, reason: 'drain' });
    const unfinished = await store.jobs.unfinished();
    const found = unfinished.find(({ job }) => job.id === jobId)!;
    expect(found).toEqual({
      job: await store.jobs.get(jobId),
      classes: [
        { classId: 0, count: 4, cursor: 2 },
        { classId: 1, count: 6, cursor: 0 },
      ],
      returned: [{ taskIndex: 1, classId: 0, failures: 0, failedNodes: [] }],
      live: [
        {
          attemptId: running.attemptId,
          taskIndex: 0,
          classId: 0,
          number: 1,
          state: 'running',
          nodeId: 'node-2',
          slotId: 'node-2/0',
          failures: 0,
          failedNodes: [],
        },
      ],
    });
    const finished = (await store.jobs.list({ states: ['completed', 'failed', 'cancelled'] })).items.map(
      (job) => job.id,
    );
    expect(unfinished.filter(({ job }) => finished.includes(job.id))).toEqual([]);
  });
});
