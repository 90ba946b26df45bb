/** Every pipeline of the engine once: by the demo model where it can, else by small random models or by ones of full size. */
import { join } from 'node:path';
import type { Raster, RenderRequest } from '@atelier/diffusion';
import {
  SHAPES,
  writeRandomCheckpoint,
  writeRandomFaceRestorer,
  writeRandomMotion,
  writeRandomUpscaler,
} from '@atelier/diffusion/testing';
import { root } from '../../support/farm.js';

/** Whose weights are drawn with: a small model says what a pipeline takes beside its networks, not how fast they are. */
export type Weights = 'demo model' | 'small, random' | 'full size, random';

export interface Subject {
  name: string;
  weights: Weights;
  /** @param folder to write weights to, which is deleted after the run */
  prepare(folder: string): Promise<Asked> | Asked;
  /** Most memory that it may take, GB. @default no goal */
  most?: number;
  /** Whether somebody watches it. @default false */
  previews?: boolean;
  /** Whether it ends with the first picture decoded: the others take as much again. @default false */
  firstDecoded?: boolean;
}

export interface Asked {
  request: Omit<RenderRequest, 'pictures'>;
  /** The same without what is measured, whose time is taken off. */
  without?: Omit<RenderRequest, 'pictures'>;
}

const golden = (path: string) => join(root, 'tests/goldens/pipelines', path);
const demo = { checkpoint: join(root, 'models/postcard'), steps: 20, guidanceScale: 4, width: 128, height: 128 };
const small = (name: string) => ({
  ...{ checkpoint: golden(`${name}/model`), steps: 4, guidanceScale: 5, width: 256, height: 256 },
});

/** A picture whose values change from left to right and from top to bottom. */
function gradient(side: number): Raster {
  const valueAt = (i: number) => {
    const pixel = Math.floor(i / 3);
    return [Math.floor((255 * (pixel % side)) / side), Math.floor((255 * Math.floor(pixel / side)) / side), 128][
      i % 3
    ]!;
  };
  return { width: side, height: side, pixels: Uint8Array.from({ length: 3 * side * side }, (_, i) => valueAt(i)) };
}

/** A mask that is white in its right half. */
function rightHalf(side: number): Raster {
  const pixels = Uint8Array.from({ length: side * side }, (_, i) => (i % side < side / 2 ? 0 : 255));
  return { width: side, height: side, pixels };
}

const byDemo = (name: string, changes: Partial<RenderRequest>, more: Partial<Subject> = {}): Subject => ({
  ...{ name, weights: 'demo model', ...more },
  prepare: () => ({ request: { ...demo, ...changes } }),
});
const bySmall = (name: string, model: string, changes: Partial<RenderRequest> = {}): Subject => ({
  ...{ name, weights: 'small, random' },
  prepare: () => ({ request: { ...small(model), ...changes } }),
});
const control = (name: string) => ({ path: golden(name), image: gradient(256) });
const asItIs = { width: undefined, height: undefined };

export const SUBJECTS: readonly Subject[] = [
  byDemo('text to image, 128x128', {}),
  byDemo('image to image, strength 0.6', { initImage: gradient(128), strength: 0.6 }),
  byDemo('inpainting, ordinary checkpoint', { initImage: gradient(128), mask: rightHalf(128) }),
  byDemo('outpainting to 256x128', { initImage: gradient(128), resize: 'pad', width: 256 }),
  byDemo('LCM-LoRA, 4 steps', {
    ...{ loras: [{ path: join(root, 'models/postcard-lcm-lora'), weight: 1 }], sampler: 'lcm' },
    ...{ steps: 4, guidanceScale: 1 },
  }),
  byDemo('hires to 256x256', { hires: { scale: 2, strength: 0.5 } }),
  byDemo('seamless tiling', { seamless: true }),
  byDemo('TAESD previews of each step', { previewDecoder: golden('taesd/vae') }, { previews: true }),
  byDemo('safety checker', { safety: { checker: golden('safety-checker/safety_checker') } }),

  bySmall('inpainting, 9 channels', 'sd1-inpaint9', { initImage: gradient(256), mask: rightHalf(256) }),
  bySmall('ControlNet', 'sd1', { controls: [control('controlnet/model1')] }),
  bySmall('two ControlNets', 'sd1', { controls: [control('controlnet/model1'), control('controlnet/model2')] }),
  bySmall('T2I-Adapter', 'sd1', { controls: [control('t2i-adapter/full_adapter')] }),
  bySmall('IP-Adapter', 'sd1', {
    imagePrompts: [
      { path: golden('ip-adapter/models'), encoder: golden('ip-adapter/image_encoder'), images: [gradient(64)] },
    ],
  }),
  bySmall('SD 2', 'sd2'),
  bySmall('SD 2 with depth', 'sd2-depth', { depthMap: gradient(256) }),
  bySmall('SDXL', 'sdxl'),
  bySmall('SDXL and its refiner', 'sdxl', { refiner: { checkpoint: golden('sdxl-refiner/model'), switchAt: 0.5 } }),
  bySmall('LCM checkpoint', 'lcm', { guidanceScale: 8 }),
  bySmall('instruct-pix2pix', 'instruct-pix2pix', { initImage: gradient(256) }),
  bySmall('x4 upscaler, 64x64 to 256x256', 'sd-x4-upscaler', { ...asItIs, initImage: gradient(64) }),
  bySmall('latent diffusion, text to image', 'ldm-text2im'),
  bySmall('latent diffusion, 64x64 to 256x256', 'ldm-superres', { ...asItIs, initImage: gradient(64) }),

  {
    // Without guidance: with it the U-Net runs twice in each step, once after the other in the same memory.
    name: 'AnimateDiff, SD 1.5, 16 frames of 512x512',
    weights: 'full size, random',
    most: 8,
    prepare: async (folder) => {
      const [checkpoint, motion] = [join(folder, 'checkpoint'), join(folder, 'motion')];
      await writeRandomCheckpoint(checkpoint, SHAPES['sd1.5']);
      await writeRandomMotion(motion);
      const frames = { motion, count: 16 };
      return { request: { checkpoint, steps: 1, guidanceScale: 1, width: 512, height: 512, frames } };
    },
    firstDecoded: true,
  },
  {
    name: 'Real-ESRGAN x4, 256x256 to 1024x1024',
    weights: 'full size, random',
    most: 4,
    prepare: async (folder) => {
      const path = join(folder, 'upscaler.safetensors');
      await writeRandomUpscaler(path);
      const without = { ...demo, steps: 1, width: 256, height: 256 };
      return { request: { ...without, upscale: { path } }, without };
    },
  },
  {
    name: 'GFPGAN, a face of 512x512',
    weights: 'full size, random',
    most: 4,
    prepare: async (folder) => {
      const path = join(folder, 'gfpgan.safetensors');
      await writeRandomFaceRestorer(path);
      const without = { ...demo, steps: 1, width: 512, height: 512 };
      return { request: { ...without, faces: { path } }, without };
    },
  },
];
