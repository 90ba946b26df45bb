import { expect, test } from 'vitest';
import type { UnetConfig } from '../networks/unet-config.js';
import { readVaeConfig } from '../networks/vae-config.js';
import { resolveRequest } from './settings.js';
import type { RenderRequest } from './types.js';

const model = {
  description: {
    architecture: 'sd1',
    pipelineClass: 'StableDiffusionPipeline',
    purpose: 'text-to-image',
    defaultWidth: 512,
    defaultHeight: 768,
    sizeMultiple: 8,
    scheduler: { _class_name: 'PNDMScheduler', skip_prk_steps: true, beta_start: 0.00085 },
  },
  deepestClipSkip: 11,
  unetConfig: { inChannels: 4 } as UnetConfig,
  vaeConfig: readVaeConfig(
    {
      block_out_channels: [128, 256, 512, 512],
      down_block_types: new Array(4).fill('DownEncoderBlock2D'),
      up_block_types: new Array(4).fill('UpDecoderBlock2D'),
    },
    'vae',
  ),
} as const;
const request: RenderRequest = {
  checkpoint: '/models/m',
  steps: 20,
  guidanceScale: 7.5,
  pictures: [{ prompt: 'a', seed: 1 }],
};

test('fills in what a request leaves open from the checkpoint', () => {
  const { run, settings } = resolveRequest(request, model);
  expect(settings).toEqual({
    ...{ sampler: 'pndm', schedule: 'normal', steps: 20, guidanceScale: 7.5 },
    ...{ width: 512, height: 768, clipSkip: 0, rng: 'cpu', vaeTiling: false },
  });
  expect(run).toMatchObject({ negativePrompts: [null], promptSyntax: 'weighted', latentWidth: 64, latentHeight: 96 });
});

test('replaces the sampler and keeps what the model was trained with', () => {
  const { run, settings } = resolveRequest({ ...request, sampler: 'dpmpp_2m_sde', schedule: 'karras' }, model);
  expect(settings).toMatchObject({ sampler: 'dpmpp_2m_sde', schedule: 'karras' });
  expect(run.scheduler).toMatchObject({ _class_name: 'DPMSolverMultistepScheduler', beta_start: 0.00085 });
});

test.each<[Partial<RenderRequest>, string]>([
  [{ strength: 0.5 }, 'strength says how much of an initImage is changed, and the request has none.'],
  [{ width: 100 }, 'The size 100x768 is not possible; both sides must be multiples of 8 up to 16384.'],
  [{ height: 0 }, 'The size 512x0 is not possible'],
  [{ guidanceScale: NaN }, 'guidanceScale NaN is not possible; allowed are numbers from 0 to 1000.'],
  [{ guidanceRescale: 2 }, 'guidanceRescale 2 is not possible; allowed are numbers from 0 to 1.'],
  [{ clipSkip: 12 }, 'clipSkip 12 is not possible; allowed are whole numbers from 0 to 11.'],
  [{ eta: -1 }, 'eta -1 is not possible'],
  [{ pictures: [] }, 'The request asks for no picture.'],
  [{ pictures: [{ prompt: 'a', seed: 2 ** 32 }] }, 'seed 4294967296 is not possible'],
  [{ sampler: 'magic' as 'ddim' }, 'Sampler "magic" is not known'],
])('refuses %o', (change, message) => {
  expect(() => resolveRequest({ ...request, ...change }, model)).toThrow(message);
});

test('tells SDXL the size that is drawn, unless another is asked for', () => {
  const sdxl = { ...model, description: { ...model.description, architecture: 'sdxl' } } as const;
  const square = { ...request, width: 1024, height: 512 };
  expect(resolveRequest(square, sdxl).run.sizes).toEqual([512, 1024, 0, 0, 512, 1024]);
  const { run } = resolveRequest({ ...square, sdxl: { cropTop: 7, negative: { originalWidth: 100 } } }, sdxl);
  expect(run.sizes).toEqual([512, 1024, 7, 0, 512, 1024]);
  expect(run.negativeSizes).toEqual([512, 100, 0, 0, 512, 1024]);
});

test('tells the refiner of SDXL a score in place of a size', () => {
  const refiner = { ...model, description: { ...model.description, architecture: 'sdxl-refiner' } } as const;
  const { run } = resolveRequest({ ...request, width: 64, height: 64 }, refiner);
  expect([run.sizes, run.negativeSizes]).toEqual([
    [64, 64, 0, 0, 6],
    [64, 64, 0, 0, 2.5],
  ]);
});

test('begins from a picture at its own size, in whole latents', () => {
  const initImage = { width: 20, height: 9, pixels: new Uint8Array(20 * 9 * 3).fill(255) };
  const { run, settings } = resolveRequest({ ...request, initImage, strength: 0.5 }, model);
  expect(settings).toMatchObject({ width: 16, height: 8 });
  expect(run).toMatchObject({ start: { picture: { width: 16, height: 8 } }, part: { strength: 0.5 } });
});

test('refuses sizes of SDXL for other checkpoints', () => {
  expect(() => resolveRequest({ ...request, sdxl: {} }, model)).toThrow('mean nothing to this checkpoint');
});

test('large pictures are decoded tile by tile, unless the request says otherwise', () => {
  const tiling = (size: Partial<RenderRequest>) => {
    const { run, settings } = resolveRequest({ ...request, ...size }, model);
    expect(run.vaeTiling).toBe(settings.vaeTiling);
    return settings.vaeTiling;
  };
  expect(tiling({ width: 1024, height: 1536 })).toBe(false);
  expect(tiling({ width: 1536, height: 1536 })).toBe(true);
  expect(tiling({ width: 3840, height: 2224, vaeTiling: false })).toBe(false);
  expect(tiling({ width: 512, height: 512, vaeTiling: true })).toBe(true);
});
