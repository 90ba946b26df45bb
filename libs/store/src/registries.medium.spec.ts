import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addJob, resultOf, startTask } from '../../../tests/support/queue-fixture.js';
import { storeSizes } from '../../../tests/support/stores.js';
import { openStore, type Model, type Result, type Store } from './index.js';

describe.each(storeSizes)('$kind: registries', (size) => {
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

  it('nodes: joins, changes, is seen, and logs each change', async () => {
    const { last } = await store.events.range();
    const joined = await store.nodes.join({ id: 'n1', name: 'bay-1', certificateSerial: '0a' });
    expect(joined).toMatchObject({ state: 'joining', address: '', inventory: null, lastSeenAt: null });
    const inventory = { hostname: 'h', devices: [{ slotId: 's', memoryBytes: 2 ** 33 }] };
    const ready = await store.nodes.update('n1', {
      state: 'ready',
      address: '127.0.0.1:7001',
      inventory,
      reason: 'ok',
    });
    expect(ready).toMatchObject({ state: 'ready', inventory, reason: 'ok', lastSeenAt: expect.any(Date) });
    expect(await store.nodes.update('n1', { reason: null })).toMatchObject({ reason: null, state: 'ready' });
    await store.nodes.seen(['n1', 'unknown']);
    expect(await store.nodes.get('n1')).toMatchObject({ name: 'bay-1', inventory, certificateSerial: '0a' });
    await store.nodes.join({ id: 'n0', name: 'bay-0', certificateSerial: '0b' });
    expect((await store.nodes.list()).map((node) => node.name)).toEqual(['bay-0', 'bay-1']);
    await expect(store.nodes.update('nothing', {})).rejects.toMatchObject({ code: 'not_found' });
    expect(await store.nodes.get('nothing')).toBeNull();
    const logged = await store.events.since(last, 10);
    expect(logged.map(({ type, nodeId, data }) => [type, nodeId, data.state])).toEqual([
      ['node.changed', 'n1', 'joining'],
      ['node.changed', 'n1', 'ready'],
      ['node.changed', 'n1', 'ready'],
      ['node.changed', 'n0', 'joining'],
    ]);
  });

  it('models: holds exactly what it was told last', async () => {
    const model = (name: string, change: Partial<Model> = {}): Model => ({
      name,
      kind: 'checkpoint',
      sha256: `hash-${name}`,
      architecture: 'sd1',
      bytes: 5_000_000_000,
      path: `/models/${name}`,
      defaultWidth: 512,
      defaultHeight: null,
      description: null,
      ...change,
    });
    await store.models.replace([model('gone')]);
    const models = [model('a'), model('b'), model('a', { kind: 'lora', architecture: null })];
    await store.models.replace(models);
    expect(await store.models.list()).toEqual(models);
    expect(await store.models.find('checkpoint', 'b')).toEqual(models[1]);
    expect(await store.models.find('checkpoint', 'hash-b')).toEqual(models[1]);
    expect(await store.models.find('vae', 'b')).toBeNull();
  });

  it('tokens: can be used as often as they say, and not after their time', async () => {
    const soon = new Date(Date.now() + 60_000);
    await store.tokens.create({ id: 't1', secretHash: 'h', usesLeft: 2, expiresAt: soon });
    await store.tokens.create({ id: 't2', secretHash: 'h', usesLeft: 2, expiresAt: new Date(Date.now() - 1) });
    const used = await Promise.all(Array.from({ length: 5 }, () => store.tokens.use('t1')));
    expect(used.filter(Boolean)).toHaveLength(2);
    expect(await store.tokens.get('t1')).toMatchObject({ secretHash: 'h', usesLeft: 0, expiresAt: soon });
    expect(await store.tokens.use('t2')).toBe(false);
    expect(await store.tokens.use('nothing')).toBe(false);
    expect(await store.tokens.get('nothing')).toBeNull();
  });

  it('authority: of two that are made at once, one is kept and both get it', async () => {
    expect(await store.authority.get()).toBeNull();
    const made = await Promise.all(
      ['one', 'two'].map((name) => store.authority.create({ certificate: name, wrappedKey: `${name}-key` })),
    );
    expect(made[0]).toEqual(made[1]);
    expect(await store.authority.get()).toEqual(made[0]);
  });

  it('artifacts: are forgotten only when nothing names them', async () => {
    const file = { kind: 'asset' as const, bytes: 6e9, mediaType: 'image/png', width: 8, height: 8 };
    const put = await store.artifacts.put({ ...file, sha256: 'loose' });
    expect(put).toEqual({ ...file, sha256: 'loose', createdAt: put.createdAt, references: 0, withheld: false });
    expect(await store.artifacts.put({ ...file, sha256: 'loose', bytes: 1 })).toEqual(put);
    const key = await startTask(store, await addJob(store, 1), 0);
    await store.dispatch.commit({ ...resultOf(key), sha256: 'kept' });

    const later = new Date(Date.now() + 1000);
    expect((await store.artifacts.unreferenced(later, 10)).map((a) => a.sha256)).toEqual(['loose']);
    expect(await store.artifacts.unreferenced(put.createdAt, 10)).toEqual([]);
    expect([await store.artifacts.remove('loose'), await store.artifacts.remove('kept')]).toEqual([true, false]);
    expect(await store.artifacts.get('loose')).toBeNull();

    expect(await store.gallery.remove([key])).toHaveLength(1);
    expect(await store.gallery.remove([key])).toHaveLength(0);
    expect(await store.results.get(key)).toBeNull();
    expect(await store.artifacts.remove('kept')).toBe(false);
    expect(await store.gallery.forget(new Date(Date.now() + 1000))).toBe(1);
    expect(await store.artifacts.remove('kept')).toBe(true);
  });

  it('results: newest first over the whole farm, by index within a job', async () => {
    const before = await store.results.count();
    const since = new Date();
    const jobId = await addJob(store, 5);
    for (let i = 0; i < 5; i++)
      await store.dispatch.commit(resultOf(await startTask(store, jobId, i, `node-${i % 2}`)));
    expect(await store.results.count()).toBe(before + 5);
    expect(await store.results.count(since)).toBe(5);
    expect(await store.results.countByNode(since)).toEqual(
      new Map([
        ['node-0', 3],
        ['node-1', 2],
      ]),
    );

    const all = async (read: (token?: string) => Promise<{ items: Result[]; nextPageToken: string | null }>) => {
      const indices: number[] = [];
      for (let token: string | null | undefined; token !== null;) {
        const page = await read(token);
        indices.push(...page.items.filter((result) => result.jobId === jobId).map((result) => result.taskIndex));
        token = page.nextPageToken;
      }
      return indices;
    };
    expect(await all((token) => store.results.ofJob(jobId, { size: 2, token }))).toEqual([0, 1, 2, 3, 4]);
    expect(await all((token) => store.results.latest({ size: 2, token }))).toEqual([4, 3, 2, 1, 0]);
  });

  it('energy: adds up by job, and over the farm from an hour on', async () => {
    expect([await store.energy.ofJob('a'), await store.energy.since(new Date(0))]).toEqual([null, null]);
    await store.energy.add([
      { jobId: 'a', wattHours: 1.5 },
      { jobId: '', wattHours: 2 },
    ]);
    await store.energy.add([{ jobId: 'a', wattHours: 0.5 }]);
    expect(await store.energy.ofJob('a')).toBe(2);
    expect(await store.energy.since(new Date(Date.now() - 2 * 3600_000))).toBe(4);
    expect(await store.energy.since(new Date(Date.now() + 3600_000))).toBeNull();
  });

  it('answers a ping', async () => {
    expect(await store.ping()).toBe(true);
  });
});
