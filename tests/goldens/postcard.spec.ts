import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { readTensor } from '../../libs/diffusion/src/checkpoint/read-tensor.js';
import { openWeightFile } from '../../libs/diffusion/src/checkpoint/weight-files.js';
import { decodeImage } from '../../libs/diffusion/src/image/picture.js';
import type { Raster } from '../../libs/diffusion/src/image/raster.js';
import { createRenderer } from '../../libs/diffusion/src/pipelines/renderer.js';
import { PreviewDecoder } from '../../libs/diffusion/src/pipelines/preview-decoder.js';
import type { ControlRequest, Renderer } from '../../libs/diffusion/src/pipelines/types.js';
import { openUpscaler } from '../../libs/diffusion/src/pipelines/upscaler.js';
import { SessionCache } from '../../libs/diffusion/src/runtime/session-cache.js';
import type { SamplerName } from '../../libs/diffusion/src/samplers/registry.js';

const FOLDER = join(import.meta.dirname, '../postcard');
const MODELS = join(import.meta.dirname, '../../models');

/** A picture that the reference drew with the demo family. */
interface Reference {
  kind: string;
  pipeline: string;
  file: string;
  prompt: string;
  negative_prompt: string | null;
  seed: number;
  sampler: string;
  steps: number;
  guidance_scale: number;
  width: number;
  height: number;
  loras?: [name: string, weight: number][];
  /** What it began from. */
  image?: string;
  strength?: number;
  /** Where that was repainted. */
  mask?: string;
  padding_mask_crop?: number;
  /** What it follows. */
  control?: { model: string; image: string; preprocess: 'canny'; scale: number };
}

/** A picture that the reference made larger. */
interface Enlarged {
  kind: 'upscaler';
  file: string;
  model: string;
  image: string;
}

/** A picture that the reference's small decoder made of latents. */
interface Preview {
  kind: 'preview';
  file: string;
  model: string;
  /** A safetensors file whose `mode` they are, and what they are to be multiplied with. */
  latents: string;
  scaled_by: number;
}

const PIPELINES = ['', 'Img2Img', 'Inpaint', 'ControlNet', 'Adapter'].map((kind) => `StableDiffusion${kind}Pipeline`);

const all = JSON.parse(readFileSync(join(FOLDER, 'references.json'), 'utf8')) as { kind: string }[];
const references = (all as Reference[]).filter(
  ({ kind, pipeline }) => kind === 'image' && PIPELINES.includes(pipeline),
);
const enlarged = (all as Enlarged[]).filter(({ kind }) => kind === 'upscaler');
const previews = (all as Preview[]).filter(({ kind }) => kind === 'preview');

const target = { provider: 'cpu', precision: 'F32' } as const;
const sessions = () => new SessionCache({ provider: 'cpu', threads: 2 }, { most: 2 ** 32 });

let renderer: Renderer;
beforeAll(async () => {
  renderer = await createRenderer({ provider: 'cpu' });
});

const read = async (file: string) => decodeImage(await readFile(join(FOLDER, file)));

test.each(references)('draws $file as the reference does', async (reference) => {
  const { pictures } = await renderer.render({
    checkpoint: join(MODELS, 'postcard'),
    loras: (reference.loras ?? []).map(([name, weight]) => ({ path: join(MODELS, name), weight })),
    sampler: reference.sampler as SamplerName,
    steps: reference.steps,
    guidanceScale: reference.guidance_scale,
    width: reference.width,
    height: reference.height,
    ...(reference.image && { initImage: await read(reference.image), strength: reference.strength! }),
    ...(reference.mask && { mask: await read(reference.mask) }),
    ...(reference.control && { controls: [await followed(reference.control)] }),
    ...(reference.padding_mask_crop !== undefined && { maskedOnly: { padding: reference.padding_mask_crop } }),
    pictures: [
      {
        prompt: reference.prompt,
        ...(reference.negative_prompt !== null && { negativePrompt: reference.negative_prompt }),
        seed: reference.seed,
      },
    ],
  });
  expectNear(pictures[0]!, await read(reference.file));
});

test.each(enlarged)('enlarges $image as the reference does', async ({ model, image, file }) => {
  const upscaler = await openUpscaler(join(MODELS, model), sessions(), target);
  expectNear(await upscaler.enlarge(await read(image)), await read(file));
});

test.each(previews)('shows $latents as the reference does', async ({ model, latents, scaled_by: factor, file }) => {
  const mode = (await openWeightFile(join(FOLDER, latents))).tensors.get('mode')!;
  const values = Float32Array.from(await readTensor(mode), (value) => value * factor);
  const [, channels, height, width] = mode.shape;
  const decoder = await PreviewDecoder.open(join(MODELS, model), channels!, sessions(), target);
  expectNear(await decoder.draw({ values, width: width!, height: height! }), await read(file));
});

async function followed({ model, image, ...how }: NonNullable<Reference['control']>): Promise<ControlRequest> {
  return { path: join(MODELS, model), image: await read(image), ...how };
}

/** No value is more than 1 of 255 away. */
function expectNear(picture: Raster, expected: Raster): void {
  expect([picture.width, picture.height]).toEqual([expected.width, expected.height]);
  const furthest = picture.pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - expected.pixels[i]!)), 0);
  expect(furthest).toBeLessThanOrEqual(1);
}
