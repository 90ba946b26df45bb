/** What a job holds: pictures in a zip file, tasks that were never touched, and the events that tell of them. */
import { get } from 'node:http';
import type { FarmEvent, Page, TaskView } from '@atelier/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { storeSizes } from '../../../../tests/support/stores.js';
import { houses, TestFarm } from '../testing/test-farm.js';

let database: Awaited<ReturnType<(typeof storeSizes)[number]['fresh']>>;
let farm: TestFarm;
beforeAll(async () => {
  database = await storeSizes[0]!.fresh();
  farm = await TestFarm.start(database.location);
});
afterAll(async () => {
  await farm?.close();
  await database?.dispose();
});

/** Names of the files in a zip file, from its central directory (APPNOTE 4.3.12). */
function namesIn(zip: Buffer): string[] {
  const names: string[] = [];
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'));
  let at = zip.readUInt32LE(end + 16);
  while (zip.readUInt32LE(at) === 0x02014b50) {
    const [name, extra, comment] = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset)) as [
      number,
      number,
      number,
    ];
    names.push(zip.toString('utf8', at + 46, at + 46 + name));
    at += 46 + name + extra + comment;
  }
  return names;
}

test('an archive holds what is there now, under the names of the batch', async () => {
  const agent = await farm.join();
  const { id } = await farm.submit(houses(5, { name: 'Häuser "rot"', output: { name: 'house-{seed}' } }));
  await farm.completed(id);
  agent.pull();
  const answer = await fetch(farm.url(`/jobs/${id}/archive`));
  expect(answer.headers.get('content-type')).toBe('application/zip');
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename=".*rot_\.zip"/);
  const names = namesIn(Buffer.from(await answer.arrayBuffer()));
  expect(names).toEqual([1, 2, 3, 4, 5].map((seed) => `house-${seed}.png`));
});

test('tasks are listed although they have no rows, and say what they wait for', async () => {
  const { id } = await farm.submit(houses(1_000_000));
  const page = (query: string) => farm.get<Page<TaskView>>(`/jobs/${id}/tasks?${query}`);
  const first = await page('pageSize=2');
  expect(first.items.map(({ index, state, seed }) => [index, state, seed])).toEqual([
    [0, 'pending', 1],
    [1, 'pending', 2],
  ]);
  expect(first.items[0]).toMatchObject({ prompt: 'a red house at noon', attempts: [], result: null });
  expect(first.items[0]!.waitingFor).toMatch(/No slot serves/);
  const second = await page(`pageSize=2&pageToken=${first.nextPageToken}`);
  expect(second.items.map(({ index }) => index)).toEqual([2, 3]);
  expect((await page('state=dead')).items).toEqual([]);
  expect((await farm.get<TaskView>(`/jobs/${id}/tasks/999999`)).seed).toBe(1_000_000);
  await expect(farm.get(`/jobs/${id}/tasks/1000000`)).rejects.toMatchObject({ status: 404 });
  await farm.post(`/jobs/${id}:cancel`);
  expect((await page('pageSize=1')).items[0]).toMatchObject({ state: 'cancelled', waitingFor: null });
});

/** Follows events until `enough`, then hangs up. Gives them with the last id; `onOpen` hears when it has its place in the log. */
function follow(
  lastEventId: string | undefined,
  enough: (events: FarmEvent[]) => boolean,
  onOpen: () => void = () => {},
) {
  return new Promise<{ events: FarmEvent[]; lastId: string }>((resolve, reject) => {
    const events: FarmEvent[] = [];
    const headers = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const call = get(farm.url('/events'), { headers }, (answer) => {
      let text = '';
      let lastId = '';
      answer.setEncoding('utf8');
      answer.on('error', () => {});
      answer.on('data', (chunk: string) => {
        const blocks = (text += chunk).split('\n\n');
        text = blocks.pop()!;
        for (const block of blocks) {
          const id = /^id: (\d+)$/m.exec(block)?.[1];
          if (id !== undefined && lastId === '') onOpen();
          lastId = id ?? lastId;
          const data = /^data: (.+)$/m.exec(block)?.[1];
          if (data) events.push(JSON.parse(data) as FarmEvent);
          if (!enough(events)) continue;
          call.destroy();
          return resolve({ events, lastId });
        }
      });
    });
    call.once('error', reject);
  });
}

test('a reader who breaks off again and again misses no picture and sees none twice', async () => {
  const seen: number[] = [];
  let lastId: string | undefined;
  const readSome = async (count: number, onOpen?: () => void) => {
    const isResult = (event: FarmEvent) => event.type === 'task.succeeded';
    const { events, lastId: id } = await follow(lastId, (all) => all.filter(isResult).length === count, onOpen);
    lastId = id;
    for (const event of events) if (event.type === 'task.succeeded') seen.push(event.result.index);
    return events;
  };
  let first!: ReturnType<typeof readSome>;
  await new Promise<void>((opened) => (first = readSome(3, opened)));
  await farm.join({ pictureMs: 10 });
  const { id } = await farm.submit(houses(20));
  const events = await first;
  expect(events.some((event) => event.type === 'node.changed' && event.node.state === 'ready')).toBe(true);
  expect(events.some((event) => event.type === 'progress' && event.progress.jobId === id)).toBe(true);
  await readSome(4);
  await farm.completed(id);
  await readSome(13);
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
});
