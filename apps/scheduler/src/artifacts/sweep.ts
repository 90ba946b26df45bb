import type { Artifacts } from '@atelier/store';
import type { FileStore } from './file-store.js';
import type { UploadTickets } from './upload-tickets.js';

/** An asset that no job has named for so long is not going to be named. */
const keepMs = 24 * 3600_000;
const batchSize = 500;

/** Deletes files that nothing has named for a day: rejected pictures, assets without a job. Returns how many. */
export async function sweep(
  artifacts: Pick<Artifacts, 'unreferenced' | 'remove'>,
  files: FileStore,
  tickets: Pick<UploadTickets, 'awaits'>,
  now = new Date(),
): Promise<number> {
  const found = await artifacts.unreferenced(new Date(now.getTime() - keepMs), batchSize);
  let count = 0;
  for (const { sha256 } of found) {
    if (tickets.awaits(sha256) || !(await artifacts.remove(sha256)) || tickets.awaits(sha256)) continue;
    await files.remove(sha256);
    count += 1;
  }
  return count;
}
