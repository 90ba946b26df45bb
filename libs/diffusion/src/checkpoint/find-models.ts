import { readdir } from 'node:fs/promises';
import { basename, join, parse } from 'node:path';
import { kindOf, type ModelKind } from './model-kind.js';

/** A model in a model folder. */
export interface FoundModel {
  /** Name of its folder, or of its file without the ending. */
  readonly name: string;
  readonly path: string;
  readonly kind: ModelKind;
}

/**
 * Lists the models that lie directly in some folders, in the order of the folders and then by name; of two with the same
 * name the first counts. What is not a model, or damaged, is passed over.
 */
export async function findModels(folders: readonly string[]): Promise<FoundModel[]> {
  const found = new Map<string, FoundModel>();
  for (const folder of folders) {
    const names = await readdir(folder).catch(() => []);
    for (const entry of names.filter((name) => !name.startsWith('.')).sort()) {
      const path = join(folder, entry);
      const kind = await kindOf(path).catch(() => undefined);
      const name = entry.endsWith('.safetensors') ? parse(entry).name : basename(entry);
      if (kind && !found.has(name)) found.set(name, { name, path, kind });
    }
  }
  return [...found.values()];
}
