/** Stars, tags, deletion and its undoing. Every list that holds the pictures is brought up to date. */
import {
  DeletedPictures,
  MarkedPictures,
  PictureKeys,
  type MarkPictures,
  type Page,
  type PictureKey,
  type ResultView,
  type TaskView,
} from '@atelier/contracts/rest';
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { z } from 'zod';
import { keyOf } from '../live/apply.js';
import { t } from '../texts/texts.js';
import { notify } from '../ui/notices.js';
import { refused } from './actions.js';
import { post } from './client.js';
import { keys } from './keys.js';

export interface PictureActions {
  mark(pictures: readonly PictureKey[], change: Omit<MarkPictures, 'pictures'>): Promise<void>;
  /** Deletes, and offers to undo it. */
  remove(pictures: readonly PictureKey[]): Promise<void>;
}

export function usePictureActions(): PictureActions {
  const client = useQueryClient();
  return useMemo(
    () => ({
      mark: (pictures, change) => mark(client, pictures, change).catch(refused),
      remove: (pictures) => remove(client, pictures).catch(refused),
    }),
    [client],
  );
}

const keysOf = (pictures: readonly PictureKey[]): z.input<typeof PictureKeys> => ({
  pictures: pictures.map(({ jobId, index }) => ({ jobId, index })),
});

async function mark(client: QueryClient, pictures: readonly PictureKey[], change: object): Promise<void> {
  const marked = await post('/gallery:mark', {}, MarkedPictures, { ...keysOf(pictures), ...change });
  replace(client, marked.pictures);
  await client.invalidateQueries({ queryKey: keys.tags });
}

async function remove(client: QueryClient, pictures: readonly PictureKey[]): Promise<void> {
  const removed = await post('/gallery:delete', {}, DeletedPictures, keysOf(pictures));
  await listsChanged(client);
  notify({
    tone: 'still',
    text: t.pictures.deleted(removed.pictures.length),
    action: {
      label: t.ui.undo,
      run: () =>
        void post('/gallery:restore', {}, MarkedPictures, keysOf(removed.pictures)).then((back) => {
          notify({ tone: 'good', text: t.pictures.restored(back.pictures.length) });
          return listsChanged(client);
        }, refused),
    },
  });
}

const listsChanged = (client: QueryClient) =>
  Promise.all(
    [keys.gallery, ['results'], ['tasks'], ['jobs', 'grid'], keys.tags].map((queryKey) =>
      client.invalidateQueries({ queryKey }),
    ),
  );

/** Puts new views of pictures into everything that was read. */
function replace(client: QueryClient, pictures: readonly ResultView[]): void {
  const now = new Map(pictures.map((picture) => [keyOf(picture), picture]));
  const renew = (picture: ResultView) => now.get(keyOf(picture)) ?? picture;
  client.setQueriesData<readonly ResultView[]>({ queryKey: [...keys.gallery, 'window'] }, (list) => list?.map(renew));
  client.setQueryData<readonly ResultView[]>(keys.newest, (list) => list?.map(renew));
  client.setQueriesData<{ pages: Page<ResultView>[] }>(
    { queryKey: ['results', 'job'] },
    (list) => list && { ...list, pages: list.pages.map((page) => ({ ...page, items: page.items.map(renew) })) },
  );
  client.setQueriesData<TaskView>(
    { queryKey: ['tasks', 'one'] },
    (task) => task && { ...task, result: task.result && renew(task.result) },
  );
}
