import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import type { Raster } from '../image/raster.js';
import { createRenderer } from './renderer.js';
import type { RenderProgress, Renderer, RenderRequest } from './types.js';

const MODELS = join(import.meta.dirname, '../../../../tests/goldens/pipelines');
const at = (path: string) => join(MODELS, path);
const words = { steps: 4, guidanceScale: 5, pictures: [{ prompt: 'a cat', seed: 7 }] };
const sd1: RenderRequest = { checkpoint: at('sd1/model'), ...words };

/** A picture whose values change from left to right and from top to bottom. */
function gradient(width: number, height: number): Raster {
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return [(pixel % width) * 2, Math.floor(pixel / width) * 2, 128][i % 3]!;
  });
  return { width, height, pixels };
}

function furthest(one: Uint8Array, other: Uint8Array): number {
  return one.reduce((most, value, i) => Math.max(most, Math.abs(value - other[i]!)), 0);
}

/** White in the right half. */
function rightHalf(width: number, height: number): Raster {
  return {
    ...{ width, height },
    pixels: Uint8Array.from({ length: width * height }, (_, i) => (i % width < width / 2 ? 0 : 255)),
  };
}

const control = { path: at('controlnet/model1'), image: gradient(64, 64), scale: 0.5 };
let renderer: Renderer;
beforeAll(async () => {
  renderer = await createRenderer({ provider: 'cpu' });
});

const draw = async (request: Partial<RenderRequest>) => (await renderer.render({ ...sd1, ...request })).pictures[0]!;

test('lets ControlNets, adapters, a picture and a mask work together', async () => {
  const together = { initImage: gradient(64, 64), mask: rightHalf(64, 64), strength: 0.7 };
  const controls = [control, { path: at('t2i-adapter/full_adapter'), image: gradient(64, 64), end: 0.5 }];
  const [without, one, both] = [
    await draw(together),
    await draw({ ...together, controls: [control] }),
    await draw({ ...together, controls }),
  ];
  expect(new Set([without, one, both].map(({ pixelSha256 }) => pixelSha256)).size).toBe(3);
});

test('draws the same of a seed whatever else is in the run', async () => {
  const request = { initImage: gradient(64, 64), mask: rightHalf(64, 64), controls: [control] };
  const both = { pictures: [...words.pictures, { prompt: 'a dog', seed: 8 }].reverse() };
  for (const checkpoint of [at('sd1/model'), at('sd1-inpaint9/model')]) {
    const own = { ...request, ...(checkpoint.includes('inpaint9') && { controls: [] }), checkpoint };
    const alone = await draw(own);
    const { pictures } = await renderer.render({ ...sd1, ...own, ...both });
    expect(furthest(alone.pixels, pictures[1]!.pixels)).toBeLessThanOrEqual(1);
  }
});

test('tells the steps of a checkpoint and its refiner as those of one walk', async () => {
  const steps: string[] = [];
  const onProgress = ({ stage, step, steps: of }: RenderProgress) => {
    if (stage === 'denoise') steps.push(`${step}/${of}`);
  };
  const refiner = { checkpoint: at('sdxl-refiner/model'), switchAt: 0.5 };
  await renderer.render({ ...sd1, checkpoint: at('sdxl/model'), refiner }, { onProgress });
  expect([...new Set(steps)]).toEqual(['0/4', '1/4', '2/4', '3/4', '4/4']);
});

test('does not follow what has no weight', async () => {
  const [without, weightless] = [await draw({}), await draw({ controls: [{ ...control, scale: 0 }] })];
  expect(weightless.pixelSha256).toBe(without.pixelSha256);
});

test('draws a picture beyond its borders, and keeps what it was within them', async () => {
  const initImage = gradient(64, 64);
  const grown = await draw({ initImage, resize: 'pad', width: 128, height: 64 });
  expect([grown.width, grown.height]).toEqual([128, 64]);
  const otherSeed = { pictures: [{ prompt: 'a cat', seed: 8 }] };
  const other = await draw({ initImage, resize: 'pad', width: 128, height: 64, ...otherSeed });
  const differs = (from: number, to: number) => {
    let sum = 0;
    for (let y = 0; y < 64; y++) {
      for (let x = from; x < to; x++)
        sum += Math.abs(grown.pixels[(y * 128 + x) * 3]! - other.pixels[(y * 128 + x) * 3]!);
    }
    return sum / (64 * (to - from));
  };
  expect(differs(48, 80)).toBeLessThan(differs(0, 32) / 2);
});

test('draws by depth, with and without a picture to begin from', async () => {
  const depth = { ...words, checkpoint: at('sd2-depth/model'), depthMap: gradient(64, 64), width: 64, height: 64 };
  const [one, other, begun] = [
    await draw(depth),
    await draw({ ...depth, depthMap: rightHalf(64, 64) }),
    await draw({ ...depth, initImage: gradient(64, 64), strength: 0.6 }),
  ];
  expect(new Set([one, other, begun].map(({ pixelSha256 }) => pixelSha256)).size).toBe(3);
});

test('draws with a checkpoint that was distilled with a guidance embedding', async () => {
  const { pictures } = await renderer.render({ ...sd1, checkpoint: at('lcm/model'), guidanceScale: 8 });
  const other = await renderer.render({ ...sd1, checkpoint: at('lcm/model'), guidanceScale: 2 });
  expect(pictures[0]!.pixelSha256).not.toBe(other.pictures[0]!.pixelSha256);
});

test('says of every picture what the safety checker finds, and gives it', async () => {
  const safety = { checker: at('safety-checker/safety_checker') };
  const [judged, plain] = [await draw({ safety }), await draw({})];
  expect(judged.flagged).toBeTypeOf('boolean');
  expect(judged.pixelSha256).toBe(plain.pixelSha256);
  expect(plain).not.toHaveProperty('flagged');
});

test.each(['encode', 'denoise', 'decode'] as const)(
  'ends between two steps of %s when it is cancelled',
  async (stage) => {
    const cancelled = new AbortController();
    const seen: RenderProgress[] = [];
    const onProgress = (progress: RenderProgress) => {
      seen.push(progress);
      if (progress.stage === stage) cancelled.abort();
    };
    const run = renderer.render({ ...sd1, controls: [control] }, { signal: cancelled.signal, onProgress });
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    expect(seen.at(-1)).toMatchObject({ stage, step: 0 });
  },
);

test('refuses a ControlNet and a refiner of other architectures before anything is drawn', async () => {
  await expect(draw({ controls: [{ ...control, path: at('controlnet/model-xl') }] })).rejects.toThrow(
    /^The ControlNet .* is for another architecture than the checkpoint: it is told text in vectors of 40 values/,
  );
  await expect(draw({ refiner: { checkpoint: at('sdxl-refiner/model') } })).rejects.toThrow(
    'it is of sdxl-refiner, the checkpoint of sd1.',
  );
  await expect(draw({ checkpoint: at('sd1-inpaint9/model') })).rejects.toThrow('must have initImage and mask');
});
