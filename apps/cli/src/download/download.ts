import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ResultView } from '@atelier/contracts/rest';
import type { Client } from '../client/client.js';
import { Failure, UsageError } from '../errors.js';
import { entryOf, manifestName, readManifest, writeManifest, type ManifestEntry } from './manifest.js';

/** Pictures under way at once: enough to hide the latency of small files. */
const parallel = 4;

/**
 * Brings the pictures of a job into `folder`, with `manifest.json` and the contact sheets that it asks for; gives this job's entries by index.
 * A picture that lies there intact is not fetched again, so an interrupted download goes on where it was. Every file
 * is checked against its SHA-256 and appears under its name only when it is complete. `results` may repeat itself.
 * Throws a UsageError rather than overwrite a file that is not the job's.
 */
export async function download(
  client: Client,
  jobId: string,
  results: AsyncIterable<ResultView>,
  folder: string,
): Promise<ManifestEntry[]> {
  await mkdir(folder, { recursive: true });
  const before = await readManifest(folder);
  const known = new Map(before.map((entry) => [entry.file, entry]));
  const entries = new Map<number, ManifestEntry>();
  const iterator = results[Symbol.asyncIterator]();

  const worker = async () => {
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      const result = next.value;
      if (entries.has(result.index)) continue;
      entries.set(result.index, entryOf(result));
      if (!result.withheld) await save(client, result, folder, known.get(result.file));
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, worker));
  } finally {
    await iterator.return?.();
  }

  const ours = [...entries.values()].sort((a, b) => a.index - b.index);
  await saveSheets(client, jobId, folder, { before, ours });
  await writeManifest(folder, [...before.filter((entry) => entry.jobId !== jobId), ...ours]);
  return ours;
}

async function save(client: Client, result: ResultView, folder: string, known: ManifestEntry | undefined) {
  const { file, sha256, jobId, index } = result;
  if (basename(file) !== file || file.startsWith('.') || file === manifestName)
    throw new Failure(`the farm calls picture ${index} "${file}", which is no name for a file`);
  const path = join(folder, file);
  const present = await hashOfFile(path);
  if (present === sha256) return;
  if (present !== null && (known?.jobId !== jobId || known.index !== index))
    throw new UsageError(`${path} exists and is another picture; take another --output`);

  const bytes = await client.artifact(sha256);
  if (hash(bytes) !== sha256) throw new Failure(`picture ${index} of job ${jobId} arrived damaged; download it again`);
  const part = join(folder, `.${file}.part`);
  await writeFile(part, bytes);
  await rename(part, path);
}

/** Contact sheets show what there is now: they are drawn anew each time. */
async function saveSheets(
  client: Client,
  jobId: string,
  folder: string,
  { before, ours }: Record<'before' | 'ours', readonly ManifestEntry[]>,
): Promise<void> {
  for (const sheet of await client.sheets(jobId)) {
    const path = join(folder, sheet.file);
    if (basename(sheet.file) !== sheet.file || ours.some(({ file }) => file === sheet.file))
      throw new Failure(
        `a contact sheet would be called "${sheet.file}", as a picture is; give output.name another form`,
      );
    if (!before.some((entry) => entry.jobId === jobId) && (await hashOfFile(path)) !== null)
      throw new UsageError(`${path} exists and is not of this job; take another --output`);
    const part = join(folder, `.${sheet.file}.part`);
    await writeFile(part, await client.sheet(jobId, sheet));
    await rename(part, path);
  }
}

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function hashOfFile(path: string): Promise<string | null> {
  try {
    return hash(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
