import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ModelKind } from './model-kind.js';
import { latentsOfPreviewDecoder, matchPreviewDecoders } from './preview-decoders.js';

const MODELS = join(import.meta.dirname, '../../../../models');
const GOLDENS = join(import.meta.dirname, '../../../../tests/goldens');
const POSTCARD_DECODER = join(MODELS, 'postcard-preview');

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-preview-decoders-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A small autoencoder as it is published: its configuration says nothing of whose latents it shows. */
async function decoder(name: string, settings = {}): Promise<string> {
  const path = join(folder, name);
  await cp(join(GOLDENS, 'pipelines/taesd/vae'), path, { recursive: true });
  const file = join(path, 'config.json');
  const config = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...config, ...settings }));
  return path;
}

const model = (path: string, kind: ModelKind) => ({ path, kind, sha256: path });
const postcard = model(join(MODELS, 'postcard'), 'checkpoint');
const sd1 = model(join(GOLDENS, 'pipelines/sd1/model'), 'checkpoint');
const sdxl = model(join(GOLDENS, 'pipelines/sdxl/model'), 'checkpoint');

test('finds for each checkpoint the decoder of its latents, whatever it is called', async () => {
  const [taesd, taesdxl] = [await decoder('taesd'), await decoder('taesdxl')];
  const decoders = [taesdxl, POSTCARD_DECODER, taesd].map((path) => model(path, 'preview-decoder'));
  const matched = await matchPreviewDecoders([postcard, sd1, sdxl, ...decoders], expect.unreachable);
  expect([...matched]).toEqual([
    [postcard.sha256, POSTCARD_DECODER],
    [sd1.sha256, taesd],
    [sdxl.sha256, taesdxl],
  ]);
});

test('shows no checkpoint by a decoder of other latents, also of as many channels', async () => {
  const taesd = model(await decoder('taesd'), 'preview-decoder');
  expect(await matchPreviewDecoders([postcard, taesd], expect.unreachable)).toEqual(new Map());
  const wide = model(await decoder('wide', { latents_scaling_factor: 0.18215, latent_channels: 8 }), 'preview-decoder');
  expect(await matchPreviewDecoders([sd1, wide], expect.unreachable)).toEqual(new Map());
});

test.each([
  ['mine', {}, /^\S+mine does not say whose latents it shows: its config\.json needs "latents_scaling_factor"/],
  ['text', { latents_scaling_factor: 'sd1' }, /"latents_scaling_factor".*a number/],
  ['other', { latents_scaling_factor: 0.18215, act_fn: 'gelu' }, /"act_fn"/],
])('passes over a decoder called %s with %j and says why', async (name, settings, why) => {
  const path = await decoder(name, settings);
  await expect(latentsOfPreviewDecoder(path)).rejects.toThrow(why);
  const told: string[] = [];
  await matchPreviewDecoders([sd1, model(path, 'preview-decoder')], (at, sentence) => told.push(at, sentence));
  expect(told).toEqual([path, expect.stringMatching(why)]);
});

test('passes over a decoder without weights', async () => {
  const path = await decoder('empty', { latents_scaling_factor: 0.18215 });
  await rm(join(path, 'diffusion_pytorch_model.safetensors'));
  await expect(latentsOfPreviewDecoder(path)).rejects.toThrow(path);
});
