/** What users ask of the renderer, held to what the reference drew for the same words. */
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { readGoldenTensors } from '../../libs/diffusion/src/golden/tensors.js';
import { decodeImage } from '../../libs/diffusion/src/image/picture.js';
import type { Raster } from '../../libs/diffusion/src/image/raster.js';
import { toPixels } from '../../libs/diffusion/src/pipelines/pixels.js';
import { createRenderer } from '../../libs/diffusion/src/pipelines/renderer.js';
import type { Renderer, RenderRequest } from '../../libs/diffusion/src/pipelines/types.js';

const FOLDER = join(import.meta.dirname, 'pipelines');
const at = (path: string) => join(FOLDER, path);

interface Case {
  seed: number;
  call: {
    prompt: string;
    negative_prompt?: string;
    num_inference_steps: number;
    guidance_scale: number;
    width?: number;
    height?: number;
  };
}

const PICTURES = [
  'shapes-64x64',
  'waves-64x64',
  'edges-64x64',
  'mask-64x64',
  'softmask-64x64',
  'shapes-128x96',
  'mask-128x96',
];
const pictures: Record<string, Raster> = {};
let renderer: Renderer;
beforeAll(async () => {
  for (const name of PICTURES) pictures[name] = await decodeImage(await readFile(at(`inputs/${name}.png`)));
  renderer = await createRenderer({ provider: 'cpu' });
});

/** What a request says beside the words, seed, steps and guidance of its case. */
type Ask = (pictures: Record<string, Raster>) => Partial<RenderRequest>;
const control = (name: string, k: number) => ({ path: at(`controlnet/model${k}`), image: pictures[name]! });

const CASES: Record<string, Ask> = {
  'sd1/inpaint4-strength0.6': (p) => ({ initImage: p['waves-64x64']!, mask: p['softmask-64x64']!, strength: 0.6 }),
  'sd1/inpaint4-strength1': (p) => ({ initImage: p['shapes-64x64']!, mask: p['mask-64x64']! }),
  'sd1-inpaint9/inpaint9-strength1': (p) => ({ initImage: p['shapes-64x64']!, mask: p['mask-64x64']! }),
  'sd1-inpaint9/inpaint9-padding-mask-crop': (p) => ({
    initImage: p['shapes-128x96']!,
    mask: p['mask-128x96']!,
    maskedOnly: { padding: 8 },
  }),
  'sdxl/inpaint4-0.9': (p) => ({ initImage: p['shapes-64x64']!, mask: p['mask-64x64']!, strength: 0.9 }),
  'controlnet/one-guess-mode': () => ({ controls: [{ ...control('edges-64x64', 1), scale: 0.8, guess: true }] }),
  'controlnet/two-start-end': () => ({
    controls: [
      { ...control('edges-64x64', 1), end: 0.5 },
      { ...control('waves-64x64', 2), scale: 0.7, start: 0.3 },
    ],
  }),
  'controlnet/one-img2img-0.6': (p) => ({
    ...{ initImage: p['waves-64x64']!, strength: 0.6 },
    controls: [{ ...control('edges-64x64', 1), scale: 0.8 }],
  }),
  'controlnet/one-inpaint-1': (p) => ({
    ...{ initImage: p['waves-64x64']!, mask: p['mask-64x64']! },
    controls: [{ ...control('edges-64x64', 1), scale: 0.8 }],
  }),
  't2i-adapter/sd1-light_adapter': (p) => ({
    controls: [
      {
        path: at('t2i-adapter/light_adapter/diffusion_pytorch_model.safetensors'),
        image: p['waves-64x64']!,
        scale: 0.8,
      },
    ],
  }),
  't2i-adapter/sdxl-full_adapter_xl-factor0.5': (p) => ({
    controls: [{ path: at('t2i-adapter/full_adapter_xl'), image: p['edges-64x64']!, scale: 0.8, end: 0.5 }],
  }),
  'taesd/sd1-taesd': () => ({ vae: at('taesd/vae') }),
};

const MODELS: Record<string, string> = { controlnet: 'sd1', taesd: 'sd1' };
const modelOf = (name: string) => {
  const [family, own] = name.split('/') as [string, string];
  return at(`${family === 't2i-adapter' ? own.split('-')[0]! : (MODELS[family] ?? family)}/model`);
};

test.each(Object.entries(CASES))('draws %s', async (name, ask) => {
  const drawn = await renderer.render({ checkpoint: modelOf(name), ...wordsOf(name), ...ask(pictures) });
  await expectPicture(drawn.pictures[0]!, name);
});

test.each(['turbo-eulera-trailing-1steps', 'turbo-eulera-trailing-4steps', 'lightning-euler-trailing-4steps'])(
  'draws sdxl/%s with the sampler of the checkpoint',
  async (name) => {
    const checkpoint = await withScheduler(at('sdxl/model'), at(`sdxl/${name}.json`));
    const { pictures } = await renderer.render({ checkpoint, ...wordsOf(`sdxl/${name}`) });
    await expectPicture(pictures[0]!, `sdxl/${name}`);
  },
);

test('draws by a U-Net with blocks missing, as SSD-1B has it', async () => {
  const ssd1b = at('../models/ssd1b');
  const checkpoint = await withoutPart(at('sdxl/model'), 'unet');
  await symlink(join(ssd1b, 'unet'), join(checkpoint, 'unet'));
  const { pictures } = await renderer.render({ checkpoint, ...wordsOf('../models/ssd1b/base-cfg5') });
  await expectPicture(pictures[0]!, '../models/ssd1b/base-cfg5');
});

test('lets a refiner go on where the checkpoint leaves off', async () => {
  const { pictures } = await renderer.render({
    checkpoint: at('sdxl/model'),
    ...wordsOf('sdxl-base-refiner/base-refiner-0.8.base'),
    refiner: { checkpoint: at('sdxl-refiner/model'), switchAt: 0.8 },
  });
  await expectPicture(pictures[0]!, 'sdxl-base-refiner/base-refiner-0.8.refiner');
});

/** The words, seed, steps and size of a case, and what they are drawn with. */
function wordsOf(name: string): Omit<RenderRequest, 'checkpoint'> {
  const { call, seed } = JSON.parse(readFileSync(at(`${name}.json`), 'utf8')) as Case;
  const { width, height } = call;
  return {
    ...(width && height && { width, height }),
    steps: call.num_inference_steps,
    guidanceScale: call.guidance_scale,
    promptSyntax: 'plain',
    pictures: [
      {
        prompt: call.prompt,
        seed,
        ...(call.negative_prompt !== undefined && { negativePrompt: call.negative_prompt }),
      },
    ],
  };
}

/** A model with the scheduler of a case in place of its own. */
async function withScheduler(model: string, golden: string): Promise<string> {
  const folder = await withoutPart(model, 'scheduler');
  const { scheduler } = JSON.parse(await readFile(golden, 'utf8')) as { scheduler: object };
  await mkdir(join(folder, 'scheduler'));
  await writeFile(join(folder, 'scheduler', 'scheduler_config.json'), JSON.stringify(scheduler));
  return folder;
}

/** A folder of a model's parts but for one. */
async function withoutPart(model: string, name: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'model-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const part of await readdir(model)) {
    if (part !== name) await symlink(join(model, part), join(folder, part));
  }
  return folder;
}

async function expectPicture({ pixels }: { pixels: Uint8Array }, name: string): Promise<void> {
  const tensors = await readGoldenTensors(at(`${name}.safetensors`));
  const planes = ['images_u8', 'image_u8.0'].find((stage) => tensors.has(stage));
  const expected = planes ? fromPlanes(tensors.values(planes)) : toPixels(tensors.float32('vae_decode.0.out'));
  expect(pixels.length).toBe(expected.length);
  const furthest = pixels.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
  expect(furthest).toBeLessThanOrEqual(1);
}

/** RGB pixels of [3, height, width]. */
function fromPlanes(planes: ArrayLike<number>): Uint8Array {
  const size = planes.length / 3;
  return Uint8Array.from(planes, (_, i) => planes[(i % 3) * size + Math.floor(i / 3)]!);
}
