import { openCheckpoint, type Component } from '../checkpoint/checkpoint.js';
import { readTensor } from '../checkpoint/read-tensor.js';
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
  for (const [name, location] of wanted) {
    const place = found.get(name);
    if (!place) throw new InputError(`${actual.path} has no tensor "${name}".`);
    values[0].push(...Array.from(await readTensor(place)));
    values[1].push(...Array.from(await readTensor(location), roundToFloat16));
  }
  return values;
}
