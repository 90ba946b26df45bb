import { createReadStream } from 'node:fs';
import { CheckpointError } from '../checkpoint-error.js';
import { collectTensors } from '../pickle/collect-tensors.js';
import { openTorchFile } from '../pickle/torch-file.js';
import { openSafetensors } from '../safetensors.js';
import { contentOf } from '../single-file/detect.js';
import { SETTINGS_KEY, type SingleFileSettings } from '../single-file/settings.js';
import { pickledTensor } from './pickled-tensor.js';
import { bytesOf, writeSafetensors, type TensorSource } from './write-safetensors.js';

export interface ImportOptions {
  /** Settings to write into the file, for a checkpoint of which not everything can be found out. */
  settings?: SingleFileSettings;
  /** Whether what is there already may be replaced. @default false */
  overwrite?: boolean;
}

/** Endings of files with pickles. */
export const PICKLE_ENDING = /\.(ckpt|pt|pth|bin)$/;

/** Bytes that a pickle's tensors may take, as a multiple of its file: several tensors may share elements. */
const MOST_GROWTH = 4;

/** Writes the tensors of a pickle or of a safetensors file to a new safetensors file. Throws CheckpointError. */
export async function importFile(source: string, destination: string, options: ImportOptions): Promise<void> {
  if (PICKLE_ENDING.test(source)) return importPickle(source, destination, options);
  const { path, tensors, metadata } = await openSafetensors(source);
  const sources = [...tensors].map(([name, { type, shape, offset, byteLength }]) => ({
    name,
    type,
    shape,
    read: () => (byteLength === 0 ? [] : createReadStream(path, { start: offset, end: offset + byteLength - 1 })),
  }));
  await write(source, destination, sources, metadata, options);
}

async function importPickle(source: string, destination: string, options: ImportOptions): Promise<void> {
  const file = await openTorchFile(source);
  try {
    const { tensors, metadata } = collectTensors(file.value, source);
    const sources = [...tensors].map(([name, tensor]) => pickledTensor(file, name, tensor));
    const bytes = sources.reduce((sum, tensor) => sum + bytesOf(tensor), 0);
    if (bytes > MOST_GROWTH * file.bytes) {
      throw new CheckpointError(`${source} of ${file.bytes} bytes would become one of ${bytes}; refused.`);
    }
    await write(source, destination, sources, { format: 'pt', ...metadata }, options);
  } finally {
    await file.close();
  }
}

async function write(
  source: string,
  destination: string,
  tensors: readonly TensorSource[],
  metadata: Record<string, string>,
  { settings, overwrite = false }: ImportOptions,
): Promise<void> {
  if (settings && contentOf(new Set(tensors.map(({ name }) => name))) === undefined) {
    throw new CheckpointError(`${source} is no checkpoint, so that it takes no settings of one.`);
  }
  const added = settings && { [SETTINGS_KEY]: JSON.stringify(settings) };
  await writeSafetensors(destination, tensors, { ...metadata, ...added }, overwrite);
}
