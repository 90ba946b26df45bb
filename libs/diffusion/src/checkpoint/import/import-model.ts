import { copyFile, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join, parse, resolve } from 'node:path';
import { CheckpointError } from '../checkpoint-error.js';
import { INDEX_FILE } from '../checkpoint.js';
import { importFile, PICKLE_ENDING, type ImportOptions } from './import-file.js';

/**
 * Brings a model into a model folder, with its weights as safetensors: a file, or a folder as diffusers saves it.
 * Pickles are read without running anything. Throws CheckpointError.
 *
 * @param folder that the model is to lie in, under its own name
 * @returns path of the imported model
 */
export async function importModel(source: string, folder: string, options: ImportOptions = {}): Promise<string> {
  const status = await stat(source).catch(() => {
    throw new CheckpointError(`${source} does not exist.`);
  });
  await mkdir(folder, { recursive: true }).catch((error: Error) => {
    throw new CheckpointError(`${folder} cannot be made: ${error.message}.`);
  });
  if (status.isDirectory()) return importFolder(resolve(source), join(folder, basename(resolve(source))), options);
  if (!PICKLE_ENDING.test(source) && !source.endsWith('.safetensors')) {
    throw new CheckpointError(`${source} is no model: files end in .safetensors, .ckpt, .pt, .pth or .bin.`);
  }
  const destination = join(folder, `${parse(source).name}.safetensors`);
  await importFile(source, destination, options);
  return destination;
}

async function importFolder(source: string, destination: string, options: ImportOptions): Promise<string> {
  if (options.settings) throw new CheckpointError(`${source} is a folder, which has settings of its own.`);
  if (destination === source) throw new CheckpointError(`${source} is in the model folder already.`);
  const names = await readdir(source);
  if (!names.includes(INDEX_FILE) && !names.includes('config.json')) {
    throw new CheckpointError(`${source} is no model: it has neither ${INDEX_FILE} nor config.json.`);
  }
  if (!options.overwrite && (await stat(destination).catch(() => undefined))) {
    throw new CheckpointError(`${destination} exists already.`);
  }
  const draft = `${destination}.part`;
  await rm(draft, { recursive: true, force: true });
  try {
    await importFiles(source, draft, options);
    for (const name of names) {
      const isFolder = !name.startsWith('.') && (await stat(join(source, name))).isDirectory();
      if (isFolder) await importFiles(join(source, name), join(draft, name), options);
    }
    await rm(destination, { recursive: true, force: true });
    await rename(draft, destination);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return destination;
}

/** Copies the files that the engine reads, and makes safetensors of pickles that are not there as such too. */
async function importFiles(source: string, destination: string, options: ImportOptions): Promise<void> {
  const entries = await readdir(source);
  const names = new Set(entries);
  await mkdir(destination, { recursive: true });
  for (const name of entries) {
    const [from, to] = [join(source, name), join(destination, safetensorsName(name))];
    if (name.startsWith('.') || !(await stat(from)).isFile()) continue;
    if (/\.bin\.index(\.fp16)?\.json$/.test(name)) await importShardIndex(from, to);
    else if (/\.(json|txt|safetensors)$/.test(name)) await copyFile(from, to);
    else if (PICKLE_ENDING.test(name) && !names.has(safetensorsName(name))) await importFile(from, to, options);
  }
}

/** The index of a network's shards, with the names that they get. */
async function importShardIndex(from: string, to: string): Promise<void> {
  const text = await readFile(from, 'utf8');
  await writeFile(
    to,
    text.replace(/"([^"/\\]+\.bin)"/g, (_, name: string) => `"${safetensorsName(name)}"`),
  );
}

/** What diffusers and transformers call a file of weights that they keep as safetensors. */
function safetensorsName(name: string): string {
  return name.replace(/^pytorch_model(?=[.-])/, 'model').replace(/\.bin(?=$|\.)/, '.safetensors');
}
