import { join } from 'node:path';
import { expect, test } from 'vitest';
import { memoryOfRun } from '../networks/run-memory.js';
import { largestSide } from './can-run.js';
import { footprintOf } from './footprint.js';

const ROOT = join(import.meta.dirname, '../../../..');

test('reads from a checkpoint what decides over its memory', async () => {
  const footprint = (await footprintOf(join(ROOT, 'models/postcard')))!;
  expect(footprint).toMatchObject({ sizeMultiple: 8, distilled: false, texts: [{ length: 77 }] });
  expect(footprint.weights).toEqual({ texts: 742_400, unet: 14_777_860, vae: 2_360_743 });
  const side = largestSide(footprint, 1e9, 'F32')!;
  const needed = (width: number) => memoryOfRun(footprint, { width, height: width, pictures: 1, views: 2 }, 'F32');
  expect(needed(side)).toBeLessThanOrEqual(1e9);
  expect(needed(2 * side)).toBeGreaterThan(1e9);
  expect(largestSide(footprint, 100e6, 'F32')).toBeNull();
});

test('of checkpoints with two text encoders counts both', async () => {
  const footprint = (await footprintOf(join(ROOT, 'tests/goldens/pipelines/sdxl/model')))!;
  expect(footprint.texts).toHaveLength(2);
  expect(footprint.weights.texts).toBeGreaterThan(0);
});

test('says nothing of the first latent diffusion', async () => {
  expect(await footprintOf(join(ROOT, 'tests/goldens/pipelines/ldm-text2im/model'))).toBeNull();
});
