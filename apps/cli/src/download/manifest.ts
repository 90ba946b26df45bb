/** `manifest.json` beside downloaded pictures: which picture is which. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ResultView } from '@atelier/contracts/rest';
import { UsageError } from '../errors.js';

export interface ManifestEntry {
  jobId: string;
  index: number;
  file: string;
  sha256: string;
  pixelSha256: string;
  seed: number;
  /** The safety checker flagged it: there is no file. Absent otherwise. */
  withheld?: true;
}

export const manifestName = 'manifest.json';

export function entryOf({ jobId, index, file, sha256, pixelSha256, seed, withheld }: ResultView): ManifestEntry {
  return { jobId, index, file, sha256, pixelSha256, seed, ...(withheld && { withheld }) };
}

/** The entries of a folder, none when it has no manifest yet. */
export async function readManifest(folder: string): Promise<ManifestEntry[]> {
  const path = join(folder, manifestName);
  try {
    const entries: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (Array.isArray(entries)) return entries as ManifestEntry[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
  }
  throw new UsageError(`${path} is not a manifest of Atelier; take another --output`);
}

/** Writes whole or not at all. Entries of one job are ordered by index. */
export async function writeManifest(folder: string, entries: readonly ManifestEntry[]): Promise<void> {
  const path = join(folder, manifestName);
  await writeFile(`${path}.part`, JSON.stringify(entries, null, 2) + '\n');
  await rename(`${path}.part`, path);
}
