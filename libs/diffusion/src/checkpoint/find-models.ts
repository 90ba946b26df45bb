import { readdir } from 'node:fs/promises';
import { basename, join, parse } from 'node:path';
import { INDEX_FILE } from './checkpoint.js';
import { readJsonObject } from './json.js';
import { loraFile } from './adapter-file.js';
import { openSafetensors } from './safetensors.js';
import { contentOf } from './single-file/detect.js';

export type ModelKind = 'checkpoint' | 'lora' | 'vae';

/** A model in a model folder. */
export interface FoundModel {
  /** Name of its folder, or of its file without the ending. */
  readonly name: string;
  readonly path: string;
  readonly kind: ModelKind;
}

const LORA_TENSOR = /[._]lora[._](up|down|A|B)\b|[._]lora_linear_layer[._]/;

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

/** What a file or folder is; undefined where it is no model. */
async function kindOf(path: string): Promise<ModelKind | undefined> {
  if (path.endsWith('.safetensors')) return kindOfFile(path);
  if (await readJsonObject(join(path, INDEX_FILE))) return 'checkpoint';
  const config = await readJsonObject(join(path, 'config.json'));
  if (config?._class_name === 'AutoencoderKL') return 'vae';
  return (await isLora(await loraFile(path))) ? 'lora' : undefined;
}

async function kindOfFile(path: string): Promise<ModelKind | undefined> {
  if (await isLora(path)) return 'lora';
  const content = contentOf((await openSafetensors(path)).tensors);
  return content === 'checkpoint' || content === 'vae' ? content : undefined;
}

async function isLora(file: string): Promise<boolean> {
  const { tensors } = await openSafetensors(file);
  return [...tensors.keys()].some((name) => LORA_TENSOR.test(name));
}
