/** The pictures of the whole farm: finding, marking, deleting with a way back, taking away as a zip. */
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AtelierError, type PictureKey, type PictureQuery, type ResultView } from '@atelier/contracts';
import type { MarkChange, PictureFilter, Result, Store, TaskKey } from '@atelier/store';
import { ZipFile } from 'yazl';
import type { FileStore } from '../artifacts/file-store.js';
import { resultView } from '../jobs/views.js';
import { archiveNames } from './archive-name.js';

/** A deletion can be undone for so long; then the files go. */
export const restorableForMs = 24 * 3600_000;
const archivePage = 500;
/** What a zip without its extension for large archives can hold is 65,535 files; more is a job's own archive. */
const mostInArchive = 20_000;

export class GalleryDesk {
  constructor(
    private readonly store: Pick<Store, 'gallery' | 'jobs' | 'results'>,
    private readonly files: FileStore,
  ) {}

  count(query: PictureQuery): Promise<number> {
    return this.store.gallery.count(filterOf(query));
  }

  async window(query: PictureQuery, offset: number, size: number): Promise<ResultView[]> {
    return (await this.store.gallery.window(filterOf(query), offset, size)).map(resultView);
  }

  tags() {
    return this.store.gallery.tags();
  }

  async mark(pictures: readonly PictureKey[], change: MarkChange): Promise<ResultView[]> {
    return (await this.store.gallery.mark(pictures.map(toTaskKey), change)).map(resultView);
  }

  async remove(pictures: readonly PictureKey[]): Promise<{ pictures: PictureKey[]; restorableUntil: string }> {
    const removed = await this.store.gallery.remove(pictures.map(toTaskKey));
    return {
      pictures: removed.map(({ jobId, taskIndex }) => ({ jobId, index: taskIndex })),
      restorableUntil: new Date(Date.now() + restorableForMs).toISOString(),
    };
  }

  async restore(pictures: readonly PictureKey[]): Promise<ResultView[]> {
    return (await this.store.gallery.restore(pictures.map(toTaskKey))).map(resultView);
  }

  /** Pictures of one job by ranges of indices: `JOB:0-4.9.12`, several jobs parted by commas. Throws `invalid_request`. */
  async chosen(text: string): Promise<Result[]> {
    const results: Result[] = [];
    for (const part of text.split(',')) {
      const [, jobId, ranges] = /^([\w-]{1,60}):([\d.-]+)$/.exec(part) ?? [];
      if (jobId === undefined || ranges === undefined)
        throw new AtelierError('invalid_request', `"${part.slice(0, 80)}" does not name pictures as JOB:0-4.9 does.`);
      results.push(...(await this.store.gallery.at(jobId, indicesOf(ranges))));
    }
    return results.sort((a, b) => (a.jobId === b.jobId ? a.taskIndex - b.taskIndex : a.jobId < b.jobId ? -1 : 1));
  }

  /** Everything that `query` finds, page by page. Throws `invalid_request` when that is too much for one zip. */
  async found(query: PictureQuery): Promise<AsyncIterable<Result[]>> {
    const filter = { ...filterOf(query), to: query.to ? new Date(query.to) : new Date() };
    const { gallery } = this.store;
    const count = await gallery.count(filter);
    if (count > mostInArchive)
      throw new AtelierError(
        'invalid_request',
        `The search finds ${count} pictures; one zip takes ${mostInArchive}: narrow the search, or take each job's archive.`,
      );
    return (async function* () {
      for (let offset = 0; offset < count; offset += archivePage) yield gallery.window(filter, offset, archivePage);
    })();
  }

  /** Writes pictures but those withheld as a zip, stored as they are, in a folder per job. */
  async writeZip(pages: AsyncIterable<Result[]> | Iterable<Result[]>, target: Writable): Promise<void> {
    const zip = new ZipFile();
    const written = pipeline(zip.outputStream, target);
    // Whoever downloads may leave while the next page is read: that is heard at the end.
    written.catch(() => undefined);
    const nameOf = archiveNames();
    const jobNames = new Map<string, string>();
    try {
      for await (const page of pages) {
        if (target.destroyed) break;
        for (const { jobId, file, sha256, bytes, createdAt } of page.filter(({ withheld }) => !withheld)) {
          if (!jobNames.has(jobId)) jobNames.set(jobId, (await this.store.jobs.get(jobId))?.name ?? jobId);
          const name = nameOf({ jobId, jobName: jobNames.get(jobId)!, file });
          zip.addReadStreamLazy(name, { compress: false, mtime: createdAt, size: bytes }, (give) =>
            give(null, this.files.stream(sha256)),
          );
        }
      }
      zip.end();
    } catch (error) {
      target.destroy(error as Error);
    }
    await written;
  }
}

const toTaskKey = ({ jobId, index }: PictureKey): TaskKey => ({ jobId, taskIndex: index });

function filterOf({ from, to, ...query }: PictureQuery): PictureFilter {
  const given = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
  return { ...given, ...(from && { from: new Date(from) }), ...(to && { to: new Date(to) }) };
}

/** "0-2.7" → 0, 1, 2, 7. Throws `invalid_request`. */
export function indicesOf(ranges: string): number[] {
  const indices: number[] = [];
  for (const range of ranges.split('.')) {
    const [first = NaN, last = first] = range.split('-').map((text) => (text === '' ? NaN : Number(text)));
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || last < first)
      throw new AtelierError('invalid_request', `"${range}" is no range of indices such as 0-4.`);
    if (indices.length + last - first >= mostInArchive)
      throw new AtelierError('invalid_request', `One zip takes at most ${mostInArchive} pictures.`);
    for (let index = first; index <= last; index++) indices.push(index);
  }
  return indices;
}
