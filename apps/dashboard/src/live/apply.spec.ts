import type { FarmEvent, JobState, JobView, Page, ResultView } from '@atelier/contracts/rest';
import { describe, expect, it } from 'vitest';
import { job, node, progress, result, slot } from '../../tests/views.js';
import {
  applyToGrid,
  applyToJobResults,
  applyToJobs,
  applyToNewest,
  applyToNodes,
  applyToPreviews,
  type Pages,
} from './apply.js';
import { gather } from './gather.js';

const pagesOf = <T>(...pages: [items: T[], nextPageToken: string | null][]): Pages<T> => ({
  pages: pages.map(([items, nextPageToken]): Page<T> => ({ items, nextPageToken })),
  pageParams: pages.map(() => null),
});
const indices = (list: Pages<ResultView>) => list.pages.map(({ items }) => items.map(({ index }) => index));
const ids = (list: Pages<JobView>) => list.pages.map(({ items }) => items.map(({ id }) => id));
const made = (index: number, jobId = 'job'): FarmEvent => ({
  type: 'task.succeeded',
  result: result({ jobId, index }),
});
const filter = (...states: JobState[]) => ({ states, text: '' });
const changed = (extra: Partial<JobView>): FarmEvent => ({ type: 'job.changed', job: job(extra) });

describe('nodes', () => {
  const busy = node({
    id: 'b',
    slots: [slot({ id: 's', progress: [progress({ nodeId: 'b', attemptId: 'a', slotId: 's' })] })],
  });
  const still = node({ id: 'c', name: 'bellows' });

  it('move on with their attempts and leave the others alone', () => {
    const event: FarmEvent = {
      type: 'progress',
      progress: progress({ nodeId: 'b', attemptId: 'a', slotId: 's', step: 5 }),
    };
    const after = applyToNodes([busy, still], gather([event]));
    expect(after[0]?.slots[0]?.progress).toEqual([progress({ nodeId: 'b', attemptId: 'a', slotId: 's', step: 5 })]);
    expect(after[1]).toBe(still);
  });

  it('show in each slot only its own work, though other nodes have a slot of that name', () => {
    const other = node({ id: 'd', slots: [slot({ id: 's' })] });
    const event: FarmEvent = {
      type: 'progress',
      progress: progress({ nodeId: 'd', slotId: 's', attemptId: 'y', index: 9 }),
    };
    const after = applyToNodes([busy, other], gather([event]));
    expect(after[0]).toBe(busy);
    expect(after[1]?.slots[0]?.progress.map(({ attemptId }) => attemptId)).toEqual(['y']);
  });

  it('show an attempt that they did not know of, and lose one that ended', () => {
    const event: FarmEvent = {
      type: 'progress',
      progress: progress({ nodeId: 'b', attemptId: 'x', slotId: 's', index: 4 }),
    };
    const after = applyToNodes([busy], gather([made(0), event]));
    expect(after[0]?.slots[0]?.progress.map(({ attemptId }) => attemptId)).toEqual(['x']);
  });

  it('join at their place by name', () => {
    const joined: FarmEvent = { type: 'node.changed', node: node({ id: 'z', name: 'axe' }) };
    expect(applyToNodes([still], gather([joined])).map(({ name }) => name)).toEqual(['axe', 'bellows']);
  });

  it('keep their identity when a change is not about them', () => {
    const nodes = [busy, still];
    expect(applyToNodes(nodes, gather([made(77, 'other')]))).toBe(nodes);
    expect(applyToNodes(nodes, gather([changed({})]))).toBe(nodes);
  });
});

describe('previews', () => {
  const nodes = [node({ slots: [slot({ progress: [progress({ attemptId: 'a' })] })] })];

  it('are of what runs only', () => {
    const events: FarmEvent[] = ['a', 'gone'].map((attemptId) => ({
      type: 'progress',
      progress: progress({ attemptId }),
      preview: `data:${attemptId}`,
    }));
    expect(applyToPreviews({ old: 'data:old' }, gather(events), nodes)).toEqual({ a: 'data:a' });
  });

  it('keep their identity when there is nothing new', () => {
    const previews = { a: 'data:a' };
    expect(
      applyToPreviews(previews, gather([{ type: 'progress', progress: progress({ attemptId: 'a' }) }]), nodes),
    ).toBe(previews);
  });
});

describe('a list of jobs', () => {
  const [old, young] = [
    job({ id: 'old', createdAt: '2026-11-21T10:00:00.000Z' }),
    job({ id: 'young', createdAt: '2026-11-21T11:00:00.000Z' }),
  ];

  it('renews a job at its place and puts a new one in by age', () => {
    const list = pagesOf<JobView>([[young, old], null]);
    const between = { id: 'new', createdAt: '2026-11-21T10:30:00.000Z' };
    const after = applyToJobs(list, gather([changed({ ...old, name: 'renamed' }), changed(between)]), filter());
    expect(ids(after)).toEqual([['young', 'new', 'old']]);
    expect(after.pages[0]?.items[2]?.name).toBe('renamed');
  });

  it('drops a job that its filter does not show any more', () => {
    const list = pagesOf<JobView>([[young, old], null]);
    expect(ids(applyToJobs(list, gather([changed({ ...young, state: 'completed' })]), filter('running')))).toEqual([
      ['old'],
    ]);
    expect(ids(applyToJobs(list, gather([changed({ id: 'x', state: 'queued' })]), filter('running')))).toEqual([
      ['young', 'old'],
    ]);
  });

  it('shows only those that are called what was searched for', () => {
    const list = pagesOf<JobView>([[], null]);
    const named = gather([changed({ id: 'a', name: 'Harbour' }), changed({ id: 'b', name: 'boats' })]);
    expect(ids(applyToJobs(list, named, { states: [], text: 'harb' }))).toEqual([['a']]);
  });

  it('leaves to a later page what is older than all that was read', () => {
    const list = pagesOf<JobView>([[young], 'more']);
    expect(applyToJobs(list, gather([changed(old)]), filter())).toBe(list);
  });
});

describe('pictures', () => {
  it('come in at the front of the newest, each once, no more than are kept', () => {
    const newest = [result({ index: 1 }), result({ index: 0 })];
    const after = applyToNewest(newest, gather([made(1), made(2), made(3)]), 3);
    expect(after.map(({ index }) => index)).toEqual([3, 2, 1]);
    expect(applyToNewest(newest, gather([made(1)]), 3)).toBe(newest);
  });

  it('fill the cells of a grid', () => {
    const cell = (index: number) => ({ index, seed: 1, sha256: null, mediaType: null });
    const grid = {
      rows: [
        [cell(0), null],
        [cell(2), cell(3)],
      ],
    };
    const after = applyToGrid(grid, [result({ index: 2, sha256: 'x' })]);
    expect(after.rows[1]).toEqual([{ index: 2, seed: 1, sha256: 'x', mediaType: 'image/png' }, cell(3)]);
    expect(after.rows[0]).toBe(grid.rows[0]);
    expect(applyToGrid(grid, [result({ index: 9 })])).toBe(grid);
  });

  it('come in at their index in the sheet of their job', () => {
    const list = pagesOf([[result({ index: 0 }), result({ index: 4 })], 'after 4'], [[result({ index: 9 })], null]);
    const after = applyToJobResults(list, gather([made(2), made(7), made(12), made(4), made(1, 'other')]), 'job');
    expect(indices(after)).toEqual([
      [0, 2, 4],
      [7, 9, 12],
    ]);
  });

  it('wait for a later page when they lie beyond what was read', () => {
    const list = pagesOf([[result({ index: 0 })], 'after 0']);
    expect(applyToJobResults(list, gather([made(5)]), 'job')).toBe(list);
  });
});
