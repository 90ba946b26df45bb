/** A model folder of tiny networks: those of the goldens, under names that batches can use. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './farm.js';

const goldens = join(root, 'tests/goldens/pipelines');
const places = {
  tiny: 'sd1/model',
  'tiny-painter': 'sd1-inpaint9/model',
  'tiny-control': 'controlnet/model1',
  'tiny-control-xl': 'controlnet/model-xl',
  'tiny-sketch': 't2i-adapter/full_adapter',
  'tiny-xl': 'sdxl/model',
  'tiny-finer': 'sdxl-refiner/model',
  'tiny-far': 'sd2-depth/model',
  'tiny-motion': 'animatediff/motion_adapter',
  'tiny-guard': 'safety-checker/safety_checker',
  'midstyle.safetensors': 'textual-inversion/files/midstyle.safetensors',
} as const;

/** An image of the goldens. */
export const goldenInput = (name: string): string => join(goldens, 'inputs', name);

/** Copies the models into `folder`; what `tiny-guard` judges is all flagged. */
export function copyGoldenModels(folder: string): void {
  for (const [name, place] of Object.entries(places))
    cpSync(join(goldens, place), join(folder, name), { recursive: true });
  lowerThresholds(join(folder, 'tiny-guard/model.safetensors'));
}

/** Makes every picture near enough to every concept: cosines are at least -1. */
function lowerThresholds(path: string): void {
  const bytes = readFileSync(path);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + headerBytes)) as Record<string, { data_offsets: number[] }>;
  const [from, to] = header.concept_embeds_weights!.data_offsets as [number, number];
  for (let at = from; at < to; at += 4) bytes.writeFloatLE(-2, 8 + headerBytes + at);
  writeFileSync(path, bytes);
}
