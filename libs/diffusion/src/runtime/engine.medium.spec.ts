import { fork } from 'node:child_process';
import { cp, mkdtemp, open, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RenderPreview, RenderProgress, RenderRequest } from '../pipelines/types.js';
import { startEngine, type Engine } from './engine.js';

const MODELS = join(import.meta.dirname, '../../../../models');
const POSTCARD = join(MODELS, 'postcard');
const request: RenderRequest = {
  checkpoint: POSTCARD,
  steps: 2,
  guidanceScale: 4,
  pictures: [{ prompt: 'a red house on green hills at sunset', seed: 101 }],
};
const many = (steps: number) => ({ ...request, sampler: 'euler' as const, steps });

let engine: Engine;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'atelier-engine-'));
  engine = await startEngine({ provider: 'cpu', threads: 1 });
});
afterAll(async () => {
  await engine.close();
  await rm(folder, { recursive: true });
});

test('renders, tells how it goes on, and keeps the networks', async () => {
  const progress: RenderProgress[] = [];
  const result = await engine.render(request, { onProgress: (p) => progress.push(p) });
  expect(result.pictures[0]).toMatchObject({ width: 128, height: 128 });
  expect(result.pictures[0]!.pixels).toHaveLength(128 * 128 * 3);
  expect(result.settings).toMatchObject({ sampler: 'ddim', schedule: 'normal', steps: 2, width: 128, height: 128 });
  expect([...new Set(progress.map(({ stage }) => stage))].sort()).toEqual(['decode', 'denoise', 'encode', 'load']);
  expect(progress.filter(({ stage, step }) => stage === 'denoise' && step === 2)).not.toEqual([]);
  expect(engine.loaded.map(({ network }) => network)).toEqual(['text_encoder', 'unet', 'vae_decoder']);

  // What it took is some weights, and not what another run did.
  expect(result.networks.toSorted()).toEqual(engine.loaded.map(({ key }) => key).toSorted());
  expect(result.idleBytes).toBe(0);
  const weights = engine.loaded.reduce((sum, { bytes }) => sum + bytes, 0);
  if (process.platform === 'linux') expect(result.peakBytes).toBeGreaterThan(weights);

  const again = await engine.render(request);
  expect(again.pictures[0]!.pixelSha256).toBe(result.pictures[0]!.pixelSha256);
  await engine.release();
  expect(engine.loaded).toEqual([]);
});

test('draws a picture from its own seed, whatever else is in the run', async () => {
  const pictures = [1, 2, 3].map((seed) => ({ prompt: 'a blue castle', seed }));
  const together = await engine.render({ ...request, pictures });
  const alone = await engine.render({ ...request, pictures: [pictures[1]!] });
  const furthest = alone.pictures[0]!.pixels.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - together.pictures[1]!.pixels[i]!)),
    0,
  );
  expect(furthest).toBeLessThanOrEqual(1);
});

test('shows previews that resemble the picture', async () => {
  const previews: RenderPreview[] = [];
  const { pictures } = await engine.render(many(8), { onPreview: (preview) => previews.push(preview) });
  expect(previews.length).toBe(8);
  const last = previews.at(-1)!;
  expect([last.picture, last.width, last.height]).toEqual([0, 16, 16]);
  const distance =
    last.pixels.reduce((sum, value, i) => {
      const [x, y, c] = [Math.floor(i / 3) % 16, Math.floor(i / 48), i % 3];
      return sum + Math.abs(value - pictures[0]!.pixels[((y * 8 + 4) * 128 + x * 8 + 4) * 3 + c]!);
    }, 0) / last.pixels.length;
  expect(distance).toBeLessThan(32);
});

test('stops between two steps when it is told to', async () => {
  const cancel = new AbortController();
  let steps = 0;
  const run = engine.render(many(500), {
    signal: cancel.signal,
    onProgress: ({ stage, step }) => {
      if (stage === 'denoise') steps = step;
      if (step === 2) cancel.abort();
    },
  });
  await expect(run).rejects.toMatchObject({ code: 'cancelled' });
  expect(steps).toBeLessThan(500);
  await expect(engine.render(request)).resolves.toBeDefined();
});

test.each<[string, Partial<RenderRequest>, string, RegExp]>([
  ['a size', { width: 100 }, 'invalid_request', /100x128 is not possible; both sides must be multiples of 8/],
  ['steps', { steps: 0 }, 'invalid_request', /steps/],
  ['a seed', { pictures: [{ prompt: '', seed: -1 }] }, 'invalid_request', /seed -1 is not possible/],
  [
    'clip skip',
    { clipSkip: 3 },
    'invalid_request',
    /clipSkip 3 is not possible; allowed are whole numbers from 0 to 2/,
  ],
  ['a checkpoint', { checkpoint: MODELS }, 'load_failed', /is no checkpoint/],
  ['a LoRA', { loras: [{ path: join(POSTCARD, 'vae'), weight: 1 }] }, 'invalid_request', /changes nothing/],
])('refuses %s that cannot be', async (_, change, code, message) => {
  await expect(engine.render({ ...request, ...change })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message) as string,
  });
});

test('refuses a checkpoint that is cut off, naming its file', async () => {
  const checkpoint = join(folder, 'cut');
  await cp(POSTCARD, checkpoint, { recursive: true });
  await truncate(join(checkpoint, 'unet/diffusion_pytorch_model.safetensors'), 20_000_000);
  await expect(engine.render({ ...request, checkpoint })).rejects.toMatchObject({
    code: 'load_failed',
    message: expect.stringMatching(
      /unet\/diffusion_pytorch_model.safetensors is damaged: .* \(is it cut off\?\)/,
    ) as string,
  });
});

test('calls numbers that are no picture an error, naming the weights that they come from', async () => {
  const checkpoint = join(folder, 'nan');
  await cp(POSTCARD, checkpoint, { recursive: true });
  const file = await open(join(checkpoint, 'unet/diffusion_pytorch_model.safetensors'), 'r+');
  // The last weights of the file, as numbers that are none.
  await file.write(new Uint8Array(1024).fill(0xff), 0, 1024, (await file.stat()).size - 1024);
  await file.close();
  await expect(engine.render({ ...request, checkpoint })).rejects.toMatchObject({
    code: 'corrupt_output',
    message: expect.stringMatching(
      /^the U-Net gave numbers .* \(not finite\): \/.*\/nan\/unet\/diffusion_pytorch_model.safetensors has "[\w.]+" with values/,
    ) as string,
  });
});

test('tells a crash from everything else', async () => {
  const other = await startEngine({ provider: 'cpu', threads: 1 });
  const run = other.render(many(500), { onProgress: ({ step }) => step === 1 && other.kill() });
  await expect(run).rejects.toMatchObject({ code: 'crashed', message: expect.stringContaining('SIGKILL') as string });
  expect(await other.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

test('refuses a provider that is not there', async () => {
  await expect(startEngine({ provider: 'abacus' })).rejects.toMatchObject({ code: 'unsupported' });
});

test('ends with its parent, also in the middle of a run', async () => {
  const parent = fork(join(import.meta.dirname, '../../test/parent.mjs'), [JSON.stringify(many(900))], {
    execArgv: [],
  });
  const pid = await new Promise<number>((done) => parent.once('message', (message) => done(message as number)));
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  for (let waited = 0; isAlive(pid) && waited < 3000; waited += 50) await sleep(50);
  expect(isAlive(pid)).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
