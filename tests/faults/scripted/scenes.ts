/** Two things that need several schedulers over one database: played with the store alone. */
import { openStore, newId, type Store } from '@atelier/store';
import { newJob } from '../../support/queue-fixture.js';
import { wait } from '../faults/fault.js';

/** A scheduler leads, another takes over, and the first one, which was frozen, goes on leasing. */
export async function staleLeader(databaseUrl: string): Promise<void> {
  const [first, second] = [await openStore({ databaseUrl }), await openStore({ databaseUrl })];
  await first.leadership.acquire('first');
  const job = newJob(3);
  await first.jobs.insert(job);
  await leaseNext(first, job.id, 0);
  await second.leadership.acquire('second');
  await leaseNext(second, job.id, 1);
  await leaseNext(first, job.id, 2).catch(() => {});
  await Promise.all([first.close(), second.close()]);
}

const leaseNext = (store: Store, jobId: string, taskIndex: number) =>
  store.dispatch.commit({
    kind: 'lease',
    attemptId: newId(),
    jobId,
    taskIndex,
    classId: 0,
    ordinal: taskIndex,
    nodeId: 'node-1',
    slotId: 'slot-0',
  });

/** Sixteen processes' worth of writers log at once while a reader follows. */
export async function manyWriters(databaseUrl: string): Promise<void> {
  const stores = await Promise.all(Array.from({ length: 16 }, () => openStore({ databaseUrl })));
  await Promise.all(
    stores.map(async (store) => {
      for (let i = 0; i < 25; i++) {
        await store.jobs.insert(newJob(1));
        await wait(Math.random() * 5);
      }
    }),
  );
  await Promise.all(stores.map((store) => store.close()));
}
