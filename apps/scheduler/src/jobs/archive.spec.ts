import { PassThrough } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { Results } from '@atelier/store';
import { expect, it } from 'vitest';
import type { FileStore } from '../artifacts/file-store.js';
import { writeArchive } from './archive.js';
import type { ContactSheets } from './contact-sheets.js';

it('stops reading, and ends nobody else, when whoever downloads leaves between two pages', async () => {
  const target = new PassThrough();
  let pages = 0;
  const results = {
    ofJob: async () => {
      pages += 1;
      target.destroy();
      await wait(20);
      return { items: [], nextPageToken: 'more' };
    },
  } as unknown as Results;
  const sheets = { of: async () => [] } as unknown as ContactSheets;
  await expect(writeArchive('job', results, {} as FileStore, sheets, target)).rejects.toMatchObject({
    code: 'ERR_STREAM_PREMATURE_CLOSE',
  });
  expect(pages).toBe(1);
});
