import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CheckpointError } from './checkpoint-error.js';
import { readJsonObject } from './json.js';
import { openSafetensors, type SafetensorsFile } from './safetensors.js';
import type { TensorEntry } from './safetensors-header.js';

/** Where a tensor lies on disk. */
export interface TensorLocation extends TensorEntry {
  /** Real path of its file. */
  readonly path: string;
  /** Whether the file has the rows of this matrix as columns; its shape is that of the matrix. */
  readonly transposed?: boolean;
}

/** All tensors of a network, wherever they lie. */
export interface WeightSet {
  /** What to call it in an error: the file, or the index of several. */
  readonly source: string;
  /** Changes when one of its files does. */
  readonly identity: string;
  readonly tensors: ReadonlyMap<string, TensorLocation>;
  /** Asked for a tensor that there is not, where weights are still to be made of what a network expects. */
  readonly missing?: (name: string, shape: readonly number[]) => TensorLocation;
}

/** Precision of the files to take where a folder holds both; without the one asked for, the other is taken. */
export type WeightVariant = 'full' | 'fp16';

/** Names of a network's weights, diffusers' before transformers'. */
const STEMS = ['diffusion_pytorch_model', 'model'];

/**
 * Finds a network's weights in its folder: one safetensors file, or shards with their index, preferring a variant.
 * Throws CheckpointError.
 */
export async function openWeights(folder: string, variant: WeightVariant = 'full'): Promise<WeightSet> {
  const names = new Set(await listFolder(folder));
  for (const suffix of variant === 'fp16' ? ['.fp16', ''] : ['', '.fp16']) {
    for (const stem of STEMS) {
      const [single, index] = [`${stem}${suffix}.safetensors`, `${stem}.safetensors.index${suffix}.json`];
      if (names.has(single)) return openWeightFile(join(folder, single));
      if (names.has(index)) return openShards(join(folder, index));
    }
  }
  const pickle = [...names].find((name) => name.endsWith('.bin'));
  throw new CheckpointError(
    pickle
      ? `${folder} holds its weights as a pickle (${pickle}); the engine reads safetensors only, so import the model first.`
      : `${folder} holds no weights: none of ${STEMS.map((stem) => `${stem}.safetensors`).join(', ')} is there.`,
  );
}

/** The weights of one file. */
export async function openWeightFile(path: string): Promise<WeightSet> {
  const file = await openSafetensors(path);
  return { source: path, identity: file.identity, tensors: locate(file) };
}

async function openShards(index: string): Promise<WeightSet> {
  const { weight_map: map } = (await readJsonObject(index)) ?? {};
  if (typeof map !== 'object' || map === null || !Object.values(map).every(isFileName)) {
    throw new CheckpointError(`${index} has no "weight_map" from tensors to files of its folder.`);
  }
  const shardOf = map as Record<string, string>;
  const tensors = new Map<string, TensorLocation>();
  const identities = [];
  for (const shard of new Set(Object.values(shardOf))) {
    const file = await openSafetensors(join(dirname(index), shard));
    identities.push(file.identity);
    for (const [name, location] of locate(file)) if (shardOf[name] === shard) tensors.set(name, location);
  }
  const missing = Object.keys(shardOf).find((name) => !tensors.has(name));
  if (missing) throw new CheckpointError(`${index} names tensor "${missing}", which ${shardOf[missing]} lacks.`);
  return { source: index, identity: identities.join('\n'), tensors };
}

function isFileName(value: unknown): value is string {
  return typeof value === 'string' && value === basename(value);
}

/** Numbers in the tensors of a network. */
export function elementsOf({ tensors }: WeightSet): number {
  const each = [...tensors.values()].map(({ shape }) => shape.reduce((product, n) => product * n, 1));
  return each.reduce((sum, count) => sum + count, 0);
}

/** Where the tensors of a file lie. */
export function locate({ path, tensors }: SafetensorsFile): Map<string, TensorLocation> {
  return new Map([...tensors].map(([name, entry]) => [name, { path, ...entry }]));
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    throw new CheckpointError(`${folder} is not a folder.`);
  }
}
