import { cp, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeCheckpoint, findModels, hashCheckpoint } from './index.js';
import { openSafetensors } from './safetensors.js';

const MODELS = join(import.meta.dirname, '../../../../models');
const GOLDENS = join(import.meta.dirname, '../../../../tests/goldens/pipelines');
const POSTCARD = join(MODELS, 'postcard');
const UNET = join(POSTCARD, 'unet/diffusion_pytorch_model.safetensors');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-models-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('describes the demo checkpoint', async () => {
  expect(await describeCheckpoint(POSTCARD)).toMatchObject({
    architecture: 'sd1',
    pipelineClass: 'StableDiffusionPipeline',
    defaultWidth: 128,
    defaultHeight: 128,
    sizeMultiple: 8,
    scheduler: { _class_name: 'DDIMScheduler' },
  });
});

test('refuses to describe what is no checkpoint', async () => {
  await expect(describeCheckpoint(folder)).rejects.toThrow('is no checkpoint: it has no model_index.json.');
});

test('finds the models of a folder', async () => {
  const models = await findModels([MODELS, join(MODELS, 'no such folder')]);
  const family = [
    ['postcard', 'checkpoint'],
    ['postcard-controlnet-canny', 'controlnet'],
    ['postcard-lcm-lora', 'lora'],
    ['postcard-papercut-lora', 'lora'],
    ['postcard-preview', 'preview-decoder'],
    ['postcard-t2i-adapter-canny', 't2i-adapter'],
    ['postcard-upscaler-x4', 'upscaler'],
  ] as const;
  expect(models).toEqual(family.map(([name, kind]) => ({ name, path: join(MODELS, name), kind })));
});

test('finds checkpoints and autoencoders that are one file', async () => {
  const files = join(folder, 'files');
  await cp(join(GOLDENS, 'single-file'), files, { recursive: true });
  await cp(join(GOLDENS, 'sd1/model/vae/diffusion_pytorch_model.safetensors'), join(files, 'vae.safetensors'));
  await writeFile(join(files, 'damaged.safetensors'), 'no');
  const found = await findModels([files]);
  expect(found.map(({ name, kind }) => [name, kind])).toEqual([
    ['sd1', 'checkpoint'],
    ['sdxl', 'checkpoint'],
    ['vae', 'vae'],
  ]);
});

test('describes a checkpoint that is one file', async () => {
  expect(await describeCheckpoint(join(GOLDENS, 'single-file/sdxl.safetensors'))).toMatchObject({
    architecture: 'sdxl',
    pipelineClass: 'StableDiffusionXLPipeline',
    defaultWidth: 1024,
    sizeMultiple: 8,
    scheduler: { _class_name: 'EulerDiscreteScheduler' },
  });
});

test('identifies a model by what is in it, not by where it lies', async () => {
  const copy = join(folder, 'copy');
  await cp(POSTCARD, copy, { recursive: true });
  await writeFile(join(copy, 'README.md'), 'other words');
  const identity = await hashCheckpoint(POSTCARD);
  expect(identity).toMatch(/^[0-9a-f]{64}$/);
  expect(await hashCheckpoint(copy)).toBe(identity);

  await writeFile(join(copy, 'scheduler/scheduler_config.json'), '{"_class_name":"DDIMScheduler"}');
  expect(await hashCheckpoint(copy)).not.toBe(identity);
});

test('reads tensors through a symbolic link and names the real file', async () => {
  const link = join(folder, 'link.safetensors');
  await symlink(UNET, link);
  const file = await openSafetensors(link);
  expect(file.path).toBe(UNET);
  expect(file.tensors.get('conv_in.weight')).toMatchObject({ type: 'F16', shape: [64, 4, 3, 3] });
  const [bias] = await file.read(['conv_in.bias']);
  expect(bias).toHaveLength(64);
  await expect(file.read(['conv_in'])).rejects.toThrow('has no tensor "conv_in".');
});

test('refuses a file that is cut off, in its header or in its tensors', async () => {
  const cut = join(folder, 'cut.safetensors');
  for (const [bytes, message] of [
    [20_000_000, /ends at byte \d+, but the file has only 20000000/],
    [1000, /cut off: it announces a header of \d+ bytes where 992 are possible/],
    [3, /has only 3 bytes/],
  ] as const) {
    await cp(UNET, cut);
    await truncate(cut, bytes);
    await expect(openSafetensors(cut)).rejects.toThrow(message);
  }
  await expect(openSafetensors(folder)).rejects.toThrow('is not a file.');
  await expect(openSafetensors(join(folder, 'none'))).rejects.toThrow('does not exist.');
});
