import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SessionCache } from '../runtime/session-cache.js';
import { refuseTooLarge } from './memory.js';
import { OpenModels } from './open-models.js';
import { createRenderer } from './renderer.js';
import { resolveRequest } from './settings.js';
import type { Renderer, RenderPreview, RenderRequest } from './types.js';

const ROOT = join(import.meta.dirname, '../../../..');
const request: RenderRequest = {
  checkpoint: join(ROOT, 'models/postcard'),
  steps: 4,
  guidanceScale: 4,
  pictures: [{ prompt: 'a red house on green hills at sunset', seed: 101 }],
};

let renderer: Renderer;
beforeAll(async () => {
  renderer = await createRenderer({ provider: 'cpu', threads: 1 });
});
afterAll(() => renderer.release());

test('ends a run within the step in which it is cancelled', async () => {
  const cancel = new AbortController();
  const steps: number[] = [];
  const run = renderer.render(request, {
    signal: cancel.signal,
    onProgress: ({ stage, step }) => {
      if (stage !== 'denoise') return;
      steps.push(step);
      if (step === 2) cancel.abort();
    },
  });
  await expect(run).rejects.toMatchObject({ code: 'cancelled' });
  expect(steps.at(-1)).toBe(2);
});

test('draws large pictures tile by tile, which differ little from whole ones', async () => {
  const large = { ...request, steps: 2, width: 384, height: 320 };
  const whole = await renderer.render({ ...large, vaeTiling: false });
  const tiled = await renderer.render({ ...large, vaeTiling: true });
  expect([whole.settings.vaeTiling, tiled.settings.vaeTiling]).toEqual([false, true]);
  const [a, b] = [whole.pictures[0]!.pixels, tiled.pictures[0]!.pixels];
  const distance = a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
  expect(distance).toBeGreaterThan(0);
  expect(distance).toBeLessThan(8);
});

test('encodes tile by tile as well', async () => {
  const source = await renderer.render({ ...request, steps: 2, width: 384, height: 256 });
  const [initImage] = source.pictures;
  const { pictures } = await renderer.render({ ...request, initImage, strength: 0.3, vaeTiling: true });
  expect(pictures[0]).toMatchObject({ width: 384, height: 256 });
});

test('refuses what cannot fit, before it starts', async () => {
  const models = new OpenModels(new SessionCache({ provider: 'cpu', threads: 1 }, { most: 1e9 }), {
    provider: 'cpu',
    precision: 'F32',
  });
  const model = await models.open(request);
  const large = { ...request, width: 2048, height: 2048, pictures: [1, 2].map((seed) => ({ prompt: '', seed })) };
  const { run } = resolveRequest(large, model);
  expect(() => refuseTooLarge(model, run, { memoryBytes: 1e12 })).not.toThrow();
  expect(() => refuseTooLarge(model, run, { memoryBytes: 1e9 })).toThrow(
    /^2 pictures of 2048x2048 at once by this checkpoint would take about \d+\.\d GB of memory, and the engine may use 1\.0 GB here: ask for a smaller size or fewer pictures at once$/,
  );
});

test('previews from the first step on, before the second one begins', async () => {
  const events: string[] = [];
  await renderer.render(request, {
    onProgress: ({ stage, step }) => stage === 'denoise' && events.push(`step ${step}`),
    onPreview: ({ width, height, pixels }) => {
      events.push('preview');
      expect([width, height, pixels.length]).toEqual([16, 16, 3 * 16 * 16]);
      expect(new Set(pixels).size).toBeGreaterThan(16);
    },
  });
  const [, ...steps] = [...new Set(events.filter((event) => event !== 'preview'))];
  expect(steps).toEqual(['step 1', 'step 2', 'step 3', 'step 4']);
  for (const step of steps) expect(events[events.lastIndexOf(step) + 1]).toBe('preview');
});

test('previews with a small autoencoder where one is named', async () => {
  const previews: RenderPreview[] = [];
  const previewDecoder = join(ROOT, 'tests/goldens/pipelines/taesd/vae');
  await renderer.render({ ...request, previewDecoder }, { onPreview: (preview) => previews.push(preview) });
  expect(previews).toHaveLength(4);
  expect(previews[0]).toMatchObject({ picture: 0, width: 128, height: 128 });
  expect(previews[0]!.pixels).toHaveLength(128 * 128 * 3);
  expect(new Set(previews[3]!.pixels).size).toBeGreaterThan(16);
});

test('refuses a preview decoder that is something else', async () => {
  const previewDecoder = join(ROOT, 'models/postcard/vae');
  await expect(renderer.render({ ...request, previewDecoder })).rejects.toThrow(
    /previewDecoder .* is no AutoencoderTiny/,
  );
});
