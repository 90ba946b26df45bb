/** One action for many jobs, counted first, done once it was confirmed, and taken back on demand. */
import type { BulkAction, BulkRequest, BulkView } from '@atelier/contracts/rest';
import type { QueryClient } from '@tanstack/react-query';
import { bulk, jobsChanged, refused } from '../api/actions.js';
import { t } from '../texts/texts.js';
import { notify } from '../ui/notices.js';

export type JobSelection = BulkRequest['jobs'];

/** What would be done: shown before it is. */
export interface BulkPlan {
  action: BulkAction;
  priority?: number;
  jobs: JobSelection;
  /** Of the dry run. */
  view: BulkView;
}

export async function planBulk(action: BulkAction, jobs: JobSelection, priority?: number): Promise<BulkPlan> {
  const request = { action, jobs, ...(priority !== undefined && { priority }) };
  return { ...request, view: await bulk({ ...request, dryRun: true }) };
}

/** Does it to the jobs that were counted, not to those that have come since, and offers to undo it. */
export async function runBulk(client: QueryClient, { action, priority, view }: BulkPlan): Promise<void> {
  const ids = view.changed.map(({ id }) => id);
  try {
    const done = await bulk({ action, jobs: { ids }, ...(priority !== undefined && { priority }) });
    await jobsChanged(client);
    const undo = undoOf(action, done);
    notify({
      tone: done.refused.length > 0 ? 'bad' : 'still',
      text: [t.bulk.done[action](done.changed.length), done.refused[0]?.reason].filter(Boolean).join(' '),
      ...(undo.length > 0 && {
        action: { label: t.ui.undo, run: () => void undoBulk(client, undo) },
      }),
    });
  } catch (error) {
    refused(error as Error);
  }
}

async function undoBulk(client: QueryClient, steps: readonly BulkRequest[]): Promise<void> {
  try {
    for (const step of steps) await bulk(step);
    notify({ tone: 'good', text: t.bulk.undone });
  } catch (error) {
    refused(error as Error);
  }
  await jobsChanged(client);
}

/** What brings the jobs back to where they were. A retry has no way back: its tasks are tasks of a running job again. */
export function undoOf(action: BulkAction, { changed }: BulkView): BulkRequest[] {
  const ids = changed.map(({ id }) => id);
  if (ids.length === 0) return [];
  switch (action) {
    case 'pause':
      return [{ action: 'resume', jobs: { ids } }];
    case 'resume':
      return [{ action: 'pause', jobs: { ids } }];
    case 'cancel': {
      const paused = changed.filter(({ state }) => state === 'paused').map(({ id }) => id);
      const again: BulkRequest[] = [{ action: 'retry', tasks: ['cancelled'], jobs: { ids } }];
      return paused.length > 0 ? [...again, { action: 'pause', jobs: { ids: paused } }] : again;
    }
    case 'priority': {
      const before = new Map<number, string[]>();
      for (const { id, priority } of changed) before.set(priority, [...(before.get(priority) ?? []), id]);
      return [...before].map(([priority, of]) => ({ action: 'priority', priority, jobs: { ids: of } }));
    }
    case 'retry':
      return [];
  }
}
