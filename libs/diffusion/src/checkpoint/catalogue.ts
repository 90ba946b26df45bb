/** The models of a machine with their identities, hashed once. */
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findModels, type FoundModel } from './find-models.js';
import { hashCheckpoint } from './identity.js';

export interface CataloguedModel extends FoundModel {
  /** See `hashCheckpoint`. */
  readonly sha256: string;
  /** Of its files, together. */
  readonly bytes: number;
}

export interface CatalogueOptions {
  /** JSON file that remembers hashes by path, size and time of change: hashing 7 GB takes a minute, looking a millisecond. */
  readonly cacheFile: string;
  /** Which models are hashed and given. @default all */
  readonly wanted?: (model: FoundModel) => boolean;
  /** Told of models that are passed over because they cannot be read, and of a cache that cannot be written. */
  readonly onTrouble?: (path: string, why: string) => void;
}

type HashCache = Record<string, { fingerprint: string; sha256: string }>;

/** Finds the models that lie in `folders` and hashes what is new or has changed since the last time. */
export async function catalogueModels(
  folders: readonly string[],
  { cacheFile, wanted, onTrouble }: CatalogueOptions,
): Promise<CataloguedModel[]> {
  const before = await readCache(cacheFile);
  const now: HashCache = wanted ? { ...before } : {};
  const models: CataloguedModel[] = [];
  for (const model of await findModels(folders)) {
    if (wanted?.(model) === false) continue;
    try {
      const { fingerprint, bytes } = await measure(model.path);
      const known = before[model.path];
      const sha256 = known?.fingerprint === fingerprint ? known.sha256 : await hashCheckpoint(model.path);
      now[model.path] = { fingerprint, sha256 };
      models.push({ ...model, sha256, bytes });
    } catch (error) {
      onTrouble?.(model.path, (error as Error).message);
    }
  }
  if (JSON.stringify(now) !== JSON.stringify(before)) {
    await writeCache(cacheFile, now).catch((error: Error) => onTrouble?.(cacheFile, error.message));
  }
  return models;
}

/** A cache that is missing or damaged costs time, nothing else. */
async function readCache(file: string): Promise<HashCache> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as HashCache;
  } catch {
    return {};
  }
}

async function writeCache(file: string, cache: HashCache): Promise<void> {
  await writeFile(`${file}.new`, `${JSON.stringify(cache, null, 2)}\n`);
  await rename(`${file}.new`, file);
}

/** Size and time of change of every file of a model, and their sum of bytes. */
async function measure(path: string): Promise<{ fingerprint: string; bytes: number }> {
  const status = await stat(path);
  if (!status.isDirectory()) return { fingerprint: `${status.size} ${status.mtimeMs}`, bytes: status.size };
  const parts: string[] = [];
  let bytes = 0;
  for (const name of (await readdir(path)).sort()) {
    const part = await measure(join(path, name));
    parts.push(`${name}(${part.fingerprint})`);
    bytes += part.bytes;
  }
  return { fingerprint: parts.join(' '), bytes };
}
