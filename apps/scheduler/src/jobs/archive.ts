import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Results } from '@atelier/store';
import { ZipFile } from 'yazl';
import type { FileStore } from '../artifacts/file-store.js';
import type { ContactSheets } from './contact-sheets.js';

const pageSize = 500;

/**
 * Writes a job's pictures, but those withheld, and its contact sheets as a zip file: by index and as far as there are any now. Pictures do not
 * get smaller by another compression: they are stored as they are.
 */
export async function writeArchive(
  jobId: string,
  results: Results,
  files: FileStore,
  sheets: ContactSheets,
  target: Writable,
): Promise<void> {
  const zip = new ZipFile();
  const written = pipeline(zip.outputStream, target);
  // Whoever downloads may leave while the next page is read: that is heard at the end.
  written.catch(() => undefined);
  try {
    for (let token: string | undefined; ;) {
      const page = await results.ofJob(jobId, { size: pageSize, ...(token && { token }) });
      for (const { file, sha256, bytes, createdAt } of page.items.filter(({ withheld }) => !withheld))
        zip.addReadStreamLazy(file, { compress: false, mtime: createdAt, size: bytes }, (give) =>
          give(null, files.stream(sha256)),
        );
      if (page.nextPageToken === null || target.destroyed) break;
      token = page.nextPageToken;
    }
    for (const { file, ...sheet } of await sheets.of(jobId))
      zip.addBuffer(await sheets.draw(jobId, sheet), file, { compress: false });
    zip.end();
  } catch (error) {
    target.destroy(error as Error);
  }
  await written;
}
