import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addJob, leaseTask, resultOf, startTask } from '../../../../tests/support/queue-fixture.js';
import { storeSizes } from '../../../../tests/support/stores.js';
import { openStore, type Store } from '../index.js';

describe.each(storeSizes)('$kind: leadership', (size) => {
  let old: Store;
  let next: Store;
  let dispose: () => Promise<void>;

  beforeAll(async () => {
    const fresh = await size.fresh();
    dispose = fresh.dispose;
    old = await openStore(fresh.location);
    // A second scheduler over the same database: also the embedded one is reached by its address.
    next = await openStore({ databaseUrl: old.databaseUrl });
  });
  afterAll(async () => {
    await next.close();
    await old.close();
    await dispose();
  });

  it('lets nobody dispatch who does not lead', async () => {
    const jobId = await addJob(old, 1);
    await expect(leaseTask(old, jobId, 0)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await old.leadership.current()).toBeNull();
  });

  it('fences the old leader off when the next one takes over, work in flight included', async () => {
    expect(await old.leadership.acquire('old')).toBe(1);
    const jobId = await addJob(old, 100);
    const key = await startTask(old, jobId, 0);
    const racing = Array.from({ length: 50 }, (_, i) => leaseTask(old, jobId, i + 1));
    const [term] = await Promise.all([next.leadership.acquire('next'), Promise.allSettled(racing)]);
    expect(term).toBe(2);
    expect(await next.leadership.current()).toMatchObject({ term: 2, holder: 'next' });

    for (const late of [old.dispatch.commit(resultOf(key)), leaseTask(old, jobId, 60)])
      await expect(late).rejects.toMatchObject({ code: 'superseded' });
    const { running } = (await next.jobs.get(jobId))!.counts;
    const granted = (await Promise.allSettled(racing)).filter((lease) => lease.status === 'fulfilled').length;
    expect(running).toBe(1 + granted);
    expect((await next.jobs.unfinishedJob(jobId))!.live).toHaveLength(1 + granted);
    expect(await next.dispatch.commit(resultOf(key))).toEqual({ accepted: true, superseded: [] });
  });
});
