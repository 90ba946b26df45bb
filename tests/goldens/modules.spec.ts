import { expect, test } from 'vitest';
import { goldenRows } from './rows.js';

/** Networks that the engine has. */
const NETWORKS = [
  'controlnet',
  'embeddings',
  'esrgan',
  'gfpgan',
  'retinaface',
  't2i-adapter',
  'taesd',
  'text-clip-l',
  'text-ldmbert',
  'text-openclip-bigg',
  'text-openclip-h',
  'unet-lcm',
  'unet-motion',
  'unet-sd-x4-upscaler',
  'unet-sd1',
  'unet-sd1-inpaint9',
  'unet-sd2',
  'unet-sd2-depth',
  'unet-sdxl',
  'unet-sdxl-refiner',
  'unet2d-ldm-superres',
  'vae-sd1',
  'vae-sdxl',
  'vae-x4',
  'vqmodel',
];

test.each(NETWORKS)('modules/%s', async (network) => {
  const rows = await goldenRows('modules', network);
  expect(rows.length).toBeGreaterThan(0);
  expect(rows.filter(({ pass }) => !pass)).toEqual([]);
});
