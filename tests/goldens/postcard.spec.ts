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
}

const references = (JSON.parse(readFileSync(join(FOLDER, 'references.json'), 'utf8')) as Reference[]).filter(
  ({ kind, pipeline }) => kind === 'image' && pipeline === 'StableDiffusionPipeline',
);

let renderer: Renderer;
beforeAll(async () => {
  renderer = await createRenderer({ provider: 'cpu' });
});

test.each(references)('draws $file as the reference does', async (reference) => {
  const { pictures } = await renderer.render({
    checkpoint: join(MODELS, 'postcard'),
    loras: (reference.loras ?? []).map(([name, weight]) => ({ path: join(MODELS, name), weight })),
    sampler: reference.sampler as SamplerName,
    steps: reference.steps,
    guidanceScale: reference.guidance_scale,
    width: reference.width,
    height: reference.height,
    pictures: [
      {
        prompt: reference.prompt,
        ...(reference.negative_prompt !== null && { negativePrompt: reference.negative_prompt }),
        seed: reference.seed,
      },
    ],
  });
  const expected = await decodeImage(await readFile(join(FOLDER, reference.file)));
  const [picture] = pictures;
  expect([picture!.width, picture!.height]).toEqual([expected.width, expected.height]);
  const furthest = picture!.pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - expected.pixels[i]!)), 0);
  expect(furthest).toBeLessThanOrEqual(1);
});
