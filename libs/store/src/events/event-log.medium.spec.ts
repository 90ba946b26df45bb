import type { LoggedEvent } from '@atelier/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addJob, resultOf, startTask } from '../../../../tests/support/queue-fixture.js';
import { storeSizes } from '../../../../tests/support/stores.js';
import { openStore, type Store } from '../index.js';

describe.each(storeSizes)('$kind: event log', (size) => {
  let store: Store;
  let second: Store;
  let dispose: () => Promise<void>;

  beforeAll(async () => {
    const fresh = await size.fresh();
    dispose = fresh.dispose;
    store = await openStore(fresh.location);
    second = await openStore({ databaseUrl: store.databaseUrl });
    await store.leadership.acquire('test');
  });
  afterAll(async () => {
    await second.close();
    await store.close();
    await dispose();
  });

  it('tells the life of a job, to listeners as in the table', async () => {
    const heard: LoggedEvent[] = [];
    const { last } = await store.events.range();
    const stop = store.events.onLogged((events) => heard.push(...events));
    const jobId = await addJob(store, 2);
    const key = await startTask(store, jobId, 0);
    await store.dispatch.commit(resultOf(key));
    const dead = await startTask(store, jobId, 1);
    await store.dispatch.commit({ kind: 'failed', ...dead, cause: 'LOAD_FAILED', message: 'bad', retry: false });
    stop();
    await store.jobs.retry(jobId);

    const logged = await store.events.since(last, 100);
    expect(logged.map(({ type, data }) => [type, data.state])).toEqual([
      ['job.changed', 'queued'],
      ['job.changed', 'running'],
      ['task.succeeded', undefined],
      ['job.changed', 'running'],
      ['task.dead', undefined],
      ['job.changed', 'failed'],
      ['job.changed', 'queued'],
    ]);
    expect(heard).toEqual(logged.slice(0, -1));
    expect(logged[2]).toMatchObject({ jobId, taskIndex: 0, nodeId: 'node-1', data: { attemptId: key.attemptId } });
    expect(logged[4]).toMatchObject({ jobId, taskIndex: 1, data: { cause: 'LOAD_FAILED', message: 'bad' } });
    expect(logged[3]!.data.counts).toMatchObject({ total: 2, succeeded: 1, pending: 1 });
  });

  it('shows a reader every number in order while many writers commit and some roll back', async () => {
    const from = (await store.events.range()).last;
    const writers = 8;
    const each = 25;
    let writing = true;
    const seen: number[] = [];
    const reader = (async () => {
      for (let done = false; !done;) {
        done = !writing;
        const events = await second.events.since(from + seen.length, 1000);
        seen.push(...events.map((event) => event.seq));
      }
    })();
    await Promise.all(
      Array.from({ length: writers }, async (_, writer) => {
        for (let i = 0; i < each; i++) {
          await addJob(writer % 2 ? store : second, 1);
          await addJob(store, 0).catch(() => {});
        }
      }),
    );
    writing = false;
    await reader;
    expect(seen).toEqual(Array.from({ length: writers * each }, (_, i) => from + 1 + i));
  });

  it('tells its listeners in the order of the numbers', async () => {
    const heard: number[] = [];
    const stop = store.events.onLogged((events) => heard.push(...events.map((event) => event.seq)));
    await Promise.all(Array.from({ length: 40 }, () => addJob(store, 1)));
    stop();
    expect(heard).toEqual([...heard].sort((a, b) => a - b));
    expect(heard).toHaveLength(40);
  });

  it('is not undone by a listener that throws', async () => {
    const stop = store.events.onLogged(() => {
      throw new Error('defect');
    });
    const jobId = await addJob(store, 1);
    stop();
    expect(await store.jobs.get(jobId)).not.toBeNull();
  });

  it('forgets what is old and says from where on it remembers', async () => {
    await addJob(store, 1);
    const { last } = await store.events.range();
    const [event] = await store.events.since(last - 1, 1);
    expect(await store.events.prune(event!.at)).toBeGreaterThan(0);
    const { first } = await store.events.range();
    expect((await store.events.since(0, 1))[0]!.seq).toBe(first);
    await store.events.prune(new Date(Date.now() + 60_000));
    expect(await store.events.range()).toEqual({ first: last + 1, last });
    await addJob(store, 1);
    expect(await store.events.range()).toEqual({ first: last + 1, last: last + 1 });
  });
});
