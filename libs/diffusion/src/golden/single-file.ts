import { readFile } from 'node:fs/promises';
import { openCheckpoint, type Component } from '../checkpoint/checkpoint.js';
import { decodeElements } from '../checkpoint/element-type.js';
import type { TensorLocation } from '../checkpoint/weight-files.js';
import { InputError } from '../errors.js';
import { roundToFloat16 } from '../tensor/float16.js';
import { readGoldenJson, tensorsOf, type CaseReport } from './format.js';
import { findInGoldens, type GoldenFile } from './places.js';
import { TOLERANCES } from './tolerances.js';

interface SingleFileCase {
  /** Pipeline folder with the same weights in float32, from the goldens folder. */
  same_weights_as: string;
}

/**
 * Compares a checkpoint in one file, in half precision, with the folder that it was made of: every tensor of the folder
 * must be found in the file, bit by bit, and nothing else. One stage per network.
 */
export async function compareSingleFile(report: CaseReport, file: GoldenFile): Promise<void> {
  const golden = await readGoldenJson<SingleFileCase>(file.path);
  const single = await openCheckpoint(tensorsOf(file.path));
  const folder = await openCheckpoint(await findInGoldens(file, golden.same_weights_as));
  for (const [name, component] of folder.components) {
    if (!/^(unet|vae|text_encoder)/.test(name)) continue;
    const other = single.components.get(name);
    if (!other) throw new InputError(`${single.path} has no ${name}.`);
    report.compare(name, ...(await flatten(other, component)), TOLERANCES.exact);
  }
}

/** All values of two networks in the order of the second; the second's in half precision. */
async function flatten(actual: Component, expected: Component): Promise<[number[], number[]]> {
  const [found, wanted] = [(await actual.openWeights()).tensors, (await expected.openWeights()).tensors];
  const extra = [...found.keys()].find((tensor) => !wanted.has(tensor));
  if (extra !== undefined) throw new InputError(`${actual.path} has a tensor "${extra}", which the folder has not.`);
  const values: [number[], number[]] = [[], []];
  const files = new Map<string, Buffer>();
  for (const [name, location] of wanted) {
    const place = found.get(name);
    if (!place) throw new InputError(`${actual.path} has no tensor "${name}".`);
    values[0].push(...(await read(place, files)));
    values[1].push(...(await read(location, files)).map(roundToFloat16));
  }
  return values;
}

async function read(location: TensorLocation, files: Map<string, Buffer>): Promise<number[]> {
  const { path, type, shape, offset, byteLength, transposed } = location;
  const file = files.get(path) ?? (await readFile(path));
  files.set(path, file);
  const values = Array.from(decodeElements(type, file.subarray(offset, offset + byteLength)));
  if (!transposed) return values;
  const [rows, columns] = shape as [number, number];
  return values.map((_, i) => values[(i % columns) * rows + Math.floor(i / columns)]!);
}
