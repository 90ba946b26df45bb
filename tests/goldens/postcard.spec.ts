import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { decodeImage } from '../../libs/diffusion/src/image/picture.js';
import { createRenderer } from '../../libs/diffusion/src/pipelines/renderer.js';
import type { Renderer } from '../../libs/diffusion/src/pipelines/types.js';
import type { SamplerName } from '../../libs/diffusion/src/samplers/registry.js';

const FOLDER = join(import.meta.dirname, '../postcard');
const MODELS = join(import.meta.dirname, '../../models');

/** A picture that the reference drew with the demo model. */
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
}

const PIPELINES = ['', 'Img2Img', 'Inpaint'].map((kind) => `StableDiffusion${kind}Pipeline`);

const references = (JSON.parse(readFileSync(join(FOLDER, 'references.json'), 'utf8')) as Reference[]).filter(
  ({ kind, pipeline }) => kind === 'image' && PIPELINES.includes(pipeline),
);

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
    ...(reference.padding_mask_crop !== undefined && { maskedOnly: { padding: reference.padding_mask_crop } }),
    pictures: [
      {
        prompt: reference.prompt,
        ...(reference.negative_prompt !== null && { negativePrompt: reference.negative_prompt }),
        seed: reference.seed,
      },
    ],
  });
  const expected = await read(reference.file);
  const [picture] = pictures;
  expect([picture!.width, picture!.height]).toEqual([expected.width, expected.height]);
  const furthest = picture!.pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - expected.pixels[i]!)), 0);
  expect(furthest).toBeLessThanOrEqual(1);
});
