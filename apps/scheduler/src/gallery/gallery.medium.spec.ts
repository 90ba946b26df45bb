/** Looking through the farm's pictures over REST, on both sizes of the store. */
import type {
  BulkView,
  DeletedPictures,
  FarmHistory,
  GalleryCount,
  GalleryWindow,
  JobAxes,
  JobFailures,
  JobGrid,
  JobTimeline,
  JobView,
  JoinsView,
  MarkedPictures,
  Page,
  ResultView,
} from '@atelier/contracts';
import { agentProto } from '@atelier/contracts';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { SimulatedFailure } from '../../../../tests/simulation/simulated-agent.js';
import { storeSizes } from '../../../../tests/support/stores.js';
import { houses, TestFarm } from '../testing/test-farm.js';

const json = { 'content-type': 'application/json' };

describe.each(storeSizes)('$kind: people and pictures', (size) => {
  let database: Awaited<ReturnType<typeof size.fresh>>;
  let farm: TestFarm;
  let job: JobView;
  const post = <T>(path: string, body: object) => farm.post<T>(path, JSON.stringify(body), json);
  const find = async (query: string) => (await farm.get<GalleryWindow>(`/gallery?${query}`)).items;
  const countOf = async (query: string) => (await farm.get<GalleryCount>(`/gallery/count?${query}`)).count;
  const key = ({ jobId, index }: { jobId: string; index: number }) => ({ jobId, index });
  /** Seed 666 fails wherever it is drawn. */
  const onTask = ({ request }: agentProto.Lease) => {
    if (request!.seed === 666)
      throw new SimulatedFailure(agentProto.FailureCause.FAILURE_CAUSE_INVALID_REQUEST, 'The seed is cursed.');
  };

  beforeAll(async () => {
    database = await size.fresh();
    farm = await TestFarm.start(database.location);
    await farm.join({ name: 'anvil', onTask });
    job = await farm.submit(
      houses(1, {
        name: 'harbour',
        prompts: ['a {red|blue} house', 'a boat'],
        matrix: { guidance: [1, 4], seed: { from: 10, count: 3 }, exclude: [{ guidance: 1, seed: 11 }] },
      }),
    );
    await farm.completed(job.id);
  });
  afterAll(async () => {
    await farm?.close();
    await database?.dispose();
  });

  it('finds pictures by what is known of them', async () => {
    expect(await countOf('')).toBe(15);
    expect(await countOf('text=RED')).toBe(5);
    expect(await countOf('text=house -blue')).toBe(5);
    expect(await countOf('text=%22red house%22')).toBe(5);
    expect(await countOf('text=100%25')).toBe(0);
    expect(await countOf('seed=10')).toBe(6);
    expect(await countOf('model=POST&job=arb&node=anv')).toBe(15);
    expect(await countOf(`job=${job.id}`)).toBe(15);
    expect(await countOf('node=hammer')).toBe(0);
    expect(await countOf('from=2999-01-01T00:00:00.000Z')).toBe(0);
    const [first] = await find('text=boat&seed=12');
    expect(first).toMatchObject({ prompt: 'a boat', seed: 12, model: 'postcard', starred: false, tags: [] });
  });

  it('gives any part of the list, newest first, and keeps positions while more are made', async () => {
    const { at } = await farm.get<GalleryCount>('/gallery/count');
    const before = await find(`to=${at}&size=20`);
    expect(before.map(({ createdAt }) => createdAt)).toEqual(
      before
        .map(({ createdAt }) => createdAt)
        .sort()
        .reverse(),
    );
    await farm.completed((await farm.submit(houses(3, { name: 'later' }))).id);
    expect(await find(`to=${at}&offset=5&size=4`)).toEqual(before.slice(5, 9));
    expect(await countOf('')).toBe(18);
    expect(await countOf(`to=${at}`)).toBe(15);
  });

  it('keeps stars and tags', async () => {
    const [one, two] = await find('job=harbour&seed=10');
    const change = { pictures: [key(one!), key(two!)], starred: true, addTags: ['sky', 'cover'] };
    const { pictures } = await post<z.infer<typeof MarkedPictures>>('/gallery:mark', change);
    expect(pictures.map(({ starred, tags }) => [starred, tags])).toEqual(Array(2).fill([true, ['cover', 'sky']]));
    await post('/gallery:mark', { pictures: [key(two!)], starred: false, removeTags: ['sky'] });
    expect(await countOf('starred=true')).toBe(1);
    expect(await countOf('tag=cover')).toBe(2);
    expect(await find('tag=sky')).toMatchObject([{ index: one!.index, starred: true }]);
    expect(await farm.get('/gallery/tags')).toEqual({
      items: [
        { tag: 'cover', pictures: 2 },
        { tag: 'sky', pictures: 1 },
      ],
    });
    await expect(post('/gallery:mark', { pictures: [key(one!)], addTags: ['a,b'] })).rejects.toThrow(/comma/);
  });

  it('deletes with a way back, and never draws the picture again', async () => {
    const chosen = (await find('job=harbour&seed=12')).slice(0, 2);
    const deleted = await post<z.infer<typeof DeletedPictures>>('/gallery:delete', { pictures: chosen.map(key) });
    expect(deleted.pictures).toHaveLength(2);
    expect(
      (await post<z.infer<typeof DeletedPictures>>('/gallery:delete', { pictures: chosen.map(key) })).pictures,
    ).toEqual([]);
    expect(await countOf('job=harbour')).toBe(13);
    expect(await farm.job(job.id)).toMatchObject({ state: 'completed', counts: { succeeded: 15 } });
    const back = await post<z.infer<typeof MarkedPictures>>('/gallery:restore', { pictures: chosen.map(key) });
    expect(back.pictures.map(({ sha256 }) => sha256).sort()).toEqual(chosen.map(({ sha256 }) => sha256).sort());
    expect(await countOf('job=harbour')).toBe(15);
  });

  it('hands out some pictures as a zip', async () => {
    const archive = async (query: string) => {
      const answer = await fetch(farm.url(`/gallery/archive?${query}`));
      return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
    };
    const some = await archive(`pictures=${job.id}:0-2.5`);
    expect(some.body.toString('latin1').match(/harbour\/\d{4}[^/]*?\.png/g)?.length).toBe(8); // each named twice
    const found = await archive('text=boat');
    expect(found.body.toString('latin1').match(/harbour\/\d{4}[^/]*?\.png/g)?.length).toBe(10);
    expect((await archive('pictures=../etc')).status).toBe(400);
  });

  it('lays a job out along its axes', async () => {
    const { axes } = await farm.get<JobAxes>(`/jobs/${job.id}/axes`);
    expect(axes.map(({ key, values }) => [key, values])).toEqual([
      ['prompt', ['a red house', 'a blue house', 'a boat']],
      ['guidance', ['1', '4']],
      ['seed', ['10', '11', '12']],
    ]);
    const { rows } = await farm.get<JobGrid>(`/jobs/${job.id}/grid?x=seed&y=guidance&at=prompt:2`);
    expect(rows.map((row) => row.map((cell) => cell && [cell.index, cell.seed]))).toEqual([
      [[10, 10], null, [11, 12]],
      [
        [12, 10],
        [13, 11],
        [14, 12],
      ],
    ]);
    expect(rows[0]![0]!.sha256).toMatch(/^[0-9a-f]{64}$/);
    await expect(farm.get(`/jobs/${job.id}/grid?x=steps`)).rejects.toThrow(/prompt, guidance, seed/);
  });

  it('draws contact sheets, on demand and as a batch asks', async () => {
    const sheet = async (query: string) => fetch(farm.url(`/jobs/${job.id}/sheet?${query}`));
    const answer = await sheet('x=seed&y=guidance&at=prompt:2&cell=64');
    expect(answer.headers.get('content-type')).toBe('image/png');
    const { format, width } = await sharp(Buffer.from(await answer.arrayBuffer())).metadata();
    expect(format).toBe('png');
    expect(width).toBeGreaterThan(3 * 64);
    expect((await sheet('x=steps')).status).toBe(400);
    expect((await farm.get<JobAxes>(`/jobs/${job.id}/axes`)).sheets).toEqual([]);

    const asked = await farm.submit(
      houses(4, { name: 'on a sheet', output: { sheet: { x: 'seed' } }, matrix: { seed: { from: 1, count: 4 } } }),
    );
    await farm.until(asked.id, ({ state }) => state === 'completed');
    const { sheets } = await farm.get<JobAxes>(`/jobs/${asked.id}/axes`);
    expect(sheets).toEqual([{ file: 'sheet.png', x: 'seed', y: null, at: { prompt: 0 } }]);
    const archive = await fetch(farm.url(`/jobs/${asked.id}/archive`));
    expect(Buffer.from(await archive.arrayBuffer()).toString('latin1')).toContain('sheet.png');
  });

  it('tells where the time went and what failed', async () => {
    const cursed = await farm.submit(houses(4, { name: 'cursed', matrix: { seed: { from: 664, count: 4 } } }));
    await farm.until(cursed.id, ({ state }) => state === 'failed');
    const { groups } = await farm.get<z.infer<typeof JobFailures>>(`/jobs/${cursed.id}/failures`);
    expect(groups).toMatchObject([{ message: 'The seed is cursed.', tasks: 1, indices: [2] }]);
    const timeline = await farm.get<JobTimeline>(`/jobs/${cursed.id}/timeline`);
    expect(timeline.spans.filter(({ state }) => state === 'succeeded')).toHaveLength(3);
    expect(timeline.stages.denoise).toBeGreaterThan(0);
  });

  it('does one thing to many jobs, counts first, and can be taken back', async () => {
    const names = ['night 1', 'night 2', 'day'];
    const jobs: Awaited<ReturnType<typeof farm.submit>>[] = [];
    for (const name of names) jobs.push(await farm.submit(houses(5000, { name })));
    await farm.post(`/jobs/${jobs[1]!.id}:pause`);
    const nights = { query: { text: 'night' } };

    const planned = await post<BulkView>('/jobs:bulk', { action: 'cancel', jobs: nights, dryRun: true });
    expect(planned).toMatchObject({ selected: 2, passedOver: 0, changed: [{}, {}] });
    expect((await farm.job(jobs[0]!.id)).finishedAt).toBeNull();

    const cancelled = await post<BulkView>('/jobs:bulk', { action: 'cancel', jobs: nights });
    expect(cancelled.changed.map(({ name, state }) => [name, state]).sort()).toEqual([
      ['night 1', expect.stringMatching(/queued|running/)],
      ['night 2', 'paused'],
    ]);
    const ids = cancelled.changed.map(({ id }) => id);
    await post<BulkView>('/jobs:bulk', { action: 'retry', jobs: { ids } });
    const paused = cancelled.changed.filter(({ state }) => state === 'paused').map(({ id }) => id);
    await post<BulkView>('/jobs:bulk', { action: 'pause', jobs: { ids: paused } });
    expect((await farm.job(jobs[0]!.id)).state).toMatch(/queued|running/);
    expect(await farm.job(jobs[1]!.id)).toMatchObject({ state: 'paused', counts: { cancelled: 0 } });

    await post<BulkView>('/jobs:bulk', { action: 'priority', priority: 100, jobs: { ids: [jobs[2]!.id] } });
    expect((await farm.job(jobs[2]!.id)).priority).toBe(100);
    const all = await farm.get<Page<JobView>>('/jobs?text=night');
    expect(all.items.map(({ name }) => name)).toEqual(['night 2', 'night 1']);
    await post('/jobs:bulk', { action: 'cancel', jobs: { query: { state: ['queued', 'running', 'paused'] } } });
  });

  it('remembers the last hour, and who knocked', async () => {
    const history = await farm.get<FarmHistory>('/farm/history');
    expect(history.picturesPerMinute).toHaveLength(60);
    expect(history.picturesPerMinute.reduce((sum, n) => sum + n, 0)).toBeGreaterThanOrEqual(18);
    expect(history.deadTasks).toBe(1);
    expect(history.changes).toContainEqual(expect.objectContaining({ kind: 'job', name: 'cursed', state: 'failed' }));
    expect(history.changes).toContainEqual(expect.objectContaining({ kind: 'node', name: 'anvil', state: 'ready' }));
    const joins = await farm.get<JoinsView>('/joins');
    expect(joins.address).toBe(farm.scheduler.grpcAddress);
    expect(joins.knocks).toMatchObject([{ name: 'anvil', outcome: 'joined' }]);
    await expect(farm.join({ token: 'at1.none.none.none' })).rejects.toThrow();
  });

  it('shows marks wherever a picture is told of', async () => {
    const [starred] = await find('starred=true');
    const { items } = await farm.get<Page<ResultView>>(`/jobs/${starred!.jobId}/results`);
    expect(items.find(({ index }) => index === starred!.index)).toEqual(starred);
  });
});
