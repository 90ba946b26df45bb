/** The way of a picture over both sizes of the store, with agents that are simulated. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JobDetail, JobView, Page, TaskView } from '@atelier/contracts';
import type { StoreLocation } from '@atelier/store';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SimulatedFailure } from '../../../tests/simulation/simulated-agent.js';
import { storeSizes } from '../../../tests/support/stores.js';
import { houses, TestFarm } from './testing/test-farm.js';

/** Leases lapse soon, so that nobody waits for them long. */
const impatient = { leaseSeconds: 4, heartbeatSeconds: 1 };

describe.each(storeSizes)('a farm, $kind', ({ fresh }) => {
  let database: Awaited<ReturnType<typeof fresh>>;
  let location: StoreLocation;
  let dataDir: string;
  let farm: TestFarm;

  beforeAll(async () => {
    database = await fresh();
    location = database.location;
    dataDir = 'dataDir' in location ? location.dataDir : mkdtempSync(join(tmpdir(), 'atelier-data-'));
    farm = await TestFarm.start(location, { dataDir, ...impatient });
  });
  afterEach(() => farm.pullAgents());
  afterAll(async () => {
    await farm?.close();
    await database?.dispose();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function expectEveryPictureOnce(job: JobView) {
    const results = await farm.results(job.id, 7);
    expect(results.map(({ index }) => index)).toEqual(Array.from({ length: job.counts.total }, (_, i) => i));
    expect(new Set(results.map(({ file }) => file)).size).toBe(results.length);
    for (const { sha256, bytes } of results) {
      const file = Buffer.from(await (await fetch(farm.url(`/artifacts/${sha256}/content`))).arrayBuffer());
      expect(file.length).toBe(bytes);
      expect(createHash('sha256').update(file).digest('hex')).toBe(sha256);
    }
    return results;
  }

  test('turns a batch into its pictures, each once, on all of its nodes', async () => {
    await farm.join();
    await farm.join();
    const job = await farm.submit(houses(25));
    expect(job).toMatchObject({ state: 'queued', counts: { total: 25, pending: 25 } });
    const done = await farm.completed(job.id);
    expect(done).toMatchObject({ counts: { pending: 0, running: 0, succeeded: 25 }, waitingFor: null });
    const results = await expectEveryPictureOnce(done);
    expect(new Set(results.map(({ nodeId }) => nodeId)).size).toBe(2);
    expect(farm.agents.reduce((sum, { drawn }) => sum + drawn, 0)).toBe(25);
  });

  test('loses nothing with an agent that vanishes in mid-batch', async () => {
    const doomed = await farm.join({ pictureMs: 50 });
    await farm.join({ pictureMs: 50 });
    const job = await farm.submit(houses(20));
    await farm.until(job.id, ({ counts }) => counts.succeeded >= 4);
    doomed.pull();
    const done = await farm.completed(job.id);
    await expectEveryPictureOnce(done);
    const nodes = await farm.get<Page<{ id: string; state: string }>>('/nodes');
    expect(nodes.items.find(({ id }) => id === doomed.identity.nodeId)?.state).toBe('offline');
  });

  test('goes on after a restart of the scheduler in mid-batch, with what agents have made meanwhile', async () => {
    await farm.join({ pictureMs: 50 });
    const agents = [...farm.agents];
    const job = await farm.submit(houses(20));
    await farm.until(job.id, ({ counts }) => counts.succeeded >= 4);
    await farm.stop();
    farm = await TestFarm.start(location, { dataDir, ...impatient });
    farm.agents.push(...agents);
    const done = await farm.completed(job.id);
    await expectEveryPictureOnce(done);
    // What was running or spooled was not drawn a second time.
    expect(agents[0]!.drawn).toBe(20);
  });

  test('a returned agent brings what it had finished', async () => {
    const slow = await farm.join({ pictureMs: 1500 });
    const job = await farm.submit(houses(1));
    await farm.until(job.id, ({ counts }) => counts.running === 1);
    slow.cut();
    await farm.until(job.id, ({ counts }) => counts.pending === 1 || counts.succeeded === 1);
    await farm.completed(job.id);
    expect(slow.drawn).toBe(1);
  });

  test('cancels, keeps what is finished, and takes the rest up again', async () => {
    await farm.join({ pictureMs: 40 });
    const { id } = await farm.submit(houses(60));
    await farm.until(id, ({ counts }) => counts.succeeded >= 2);
    await farm.post<JobView>(`/jobs/${id}:cancel`);
    const cancelled = await farm.until(id, ({ state }) => state === 'cancelled');
    const { succeeded, cancelled: left } = cancelled.counts;
    expect(cancelled.counts).toMatchObject({ pending: 0, running: 0, dead: 0 });
    expect(succeeded + left).toBe(60);
    expect(await farm.results(id)).toHaveLength(succeeded);
    await expect(farm.post(`/jobs/${id}:pause`)).rejects.toMatchObject({ status: 409 });

    const again = await farm.post<JobView>(`/jobs/${id}:retry`);
    expect(again.counts).toMatchObject({ pending: left, cancelled: 0 });
    expect((await farm.post<JobView>(`/jobs/${id}:retry`)).counts.cancelled).toBe(0);
    await expectEveryPictureOnce(await farm.completed(id));
  });

  test('begins a job when those before it are completed, after a restart and a retry, too', async () => {
    const first = await farm.submit(houses(3));
    const second = await farm.submit({ ...houses(2), dependsOn: [first.id] });
    expect(await farm.get<JobDetail>(`/jobs/${second.id}`)).toMatchObject({
      waitingFor: `It waits until the job ${first.id} is completed.`,
      waitingRule: 'dependency',
    });
    await farm.post<JobView>(`/jobs/${first.id}:cancel`);
    await expect
      .poll(async () => (await farm.get<JobDetail>(`/jobs/${second.id}`)).waitingFor)
      .toBe(`It waits for the job ${first.id}, which is cancelled: retry that one, or cancel this.`);
    await expect(farm.submit({ ...houses(1), dependsOn: [first.id] })).rejects.toThrow(
      `The job ${first.id} is cancelled: nothing can wait for it.`,
    );
    await farm.stop();
    farm = await TestFarm.start(location, { dataDir, ...impatient });
    await farm.post<JobView>(`/jobs/${first.id}:retry`);
    await farm.post<JobView>(`/jobs/${second.id}:pause`);
    await farm.post<JobView>(`/jobs/${second.id}:resume`);
    expect((await farm.get<JobDetail>(`/jobs/${second.id}`)).waitingRule).toBe('dependency');
    await farm.join();
    const done = await farm.completed(first.id);
    expect(Date.parse((await farm.completed(second.id)).startedAt!)).toBeGreaterThanOrEqual(
      Date.parse(done.finishedAt!),
    );
    await farm.completed((await farm.submit({ ...houses(1), dependsOn: [first.id, second.id] })).id);
    await expect(farm.submit({ ...houses(1), dependsOn: ['nobody'] })).rejects.toThrow(
      'The job nobody is not known here',
    );
  });

  test('pauses: nothing new starts, until it is resumed', async () => {
    await farm.join({ pictureMs: 20 });
    const { id } = await farm.submit(houses(100));
    await farm.until(id, ({ counts }) => counts.succeeded >= 1);
    expect((await farm.post<JobView>(`/jobs/${id}:pause`)).state).toBe('paused');
    const resting = await farm.until(id, ({ counts }) => counts.running === 0);
    expect(resting.waitingFor).toMatch(/paused/);
    expect(resting.counts.pending).toBeGreaterThan(0);
    await new Promise((wait) => setTimeout(wait, 200));
    expect((await farm.job(id)).counts).toEqual(resting.counts);
    await farm.post(`/jobs/${id}:resume`);
    await expectEveryPictureOnce(await farm.completed(id));
  });

  test('gives up a task that fails everywhere, says why, and can try it again', async () => {
    let broken = true;
    const onTask = ({ taskIndex }: { taskIndex: number }) => {
      if (broken && taskIndex === 1) throw new SimulatedFailure(1, 'This prompt cannot be drawn.');
    };
    await farm.join({ onTask });
    const { id } = await farm.submit(houses(3));
    const failed = await farm.until(id, ({ state }) => state === 'failed');
    expect(failed.counts).toMatchObject({ succeeded: 2, dead: 1 });
    const { items } = await farm.get<Page<TaskView>>(`/jobs/${id}/tasks?state=dead`);
    expect(items.map(({ index }) => index)).toEqual([1]);
    expect(items[0]!.attempts.at(-1)).toMatchObject({
      cause: 'INVALID_REQUEST',
      message: 'This prompt cannot be drawn.',
    });
    broken = false;
    await farm.post(`/jobs/${id}:retry`);
    await expectEveryPictureOnce(await farm.completed(id));
  });
});
