import { expect, test } from 'vitest';
import type { Purpose } from '../checkpoint/purpose.js';
import type { DiffusionModel } from './model.js';
import { partWalk, refinerRequest, refuseNoisySurroundings, refuseOtherLatents } from './refine.js';
import type { Run, RunContext } from './run.js';
import type { RenderRequest, RenderSettings } from './types.js';

const request: RenderRequest = {
  checkpoint: '/base',
  refiner: { checkpoint: '/refiner' },
  ...{ steps: 20, guidanceScale: 5, clipSkip: 1, strength: 0.5, sampler: 'euler' },
  initImage: { width: 1, height: 1, pixels: new Uint8Array(3) },
  loras: [{ path: '/l', weight: 1 }],
  pictures: [{ prompt: 'a', seed: 1 }],
};
const settings = { width: 64, height: 32 } as RenderSettings;
const mask = { width: 8, height: 8, pixels: new Uint8Array(64) };

test('asks a refiner for the same picture, without what is of the first checkpoint only', () => {
  expect(refinerRequest(request, settings)).toEqual({
    checkpoint: '/refiner',
    ...{ steps: 20, guidanceScale: 5, sampler: 'euler', width: 64, height: 32 },
    pictures: request.pictures,
  });
});

test('parts the walk, and lets the noise of each seed go on', () => {
  const run: Pick<Run, 'noise' | 'part'> = { noise: () => new Float32Array(1), part: { strength: 0.5 } };
  const part = (switchAt?: number) =>
    partWalk({ checkpoint: '/refiner', ...(switchAt && { switchAt }) }, { run: run as Run }, { steps: 3 } as Run);
  const { first, second } = part();
  expect(first.part).toEqual({ strength: 0.5, to: 0.8 });
  expect(second).toMatchObject({ steps: 3, part: { from: 0.8 }, noise: run.noise });
  expect(() => part(1)).toThrow('refiner.switchAt 1 is not');
});

test('keeps what is kept of a picture in both parts, after an ordinary checkpoint', async () => {
  const run = { noise: () => Float32Array.of(7) } as Partial<Run> as Run;
  const { second, goOn } = partWalk({ checkpoint: '/refiner' }, { run, repainted: mask }, { steps: 3 } as Run);
  expect(second.influences).toHaveLength(1);
  const context = { run: second, pictures: 1, shape: [1, 1, 1] } as unknown as RunContext;
  const [latents, noise] = [Float32Array.of(3), Float32Array.of(7)];
  expect(await goOn(latents).begin(context)).toEqual({ latents, clean: latents, noise });

  const madeFor = (purpose: Purpose) => ({ description: { purpose } }) as DiffusionModel;
  expect(() => refuseNoisySurroundings(madeFor('text-to-image'), { repainted: mask })).not.toThrow();
  expect(() => refuseNoisySurroundings(madeFor('inpainting'), {})).not.toThrow();
  expect(() => refuseNoisySurroundings(madeFor('inpainting'), { repainted: mask })).toThrow('leaves noise on what is');
});

test('refuses a refiner of other latents', () => {
  const of = (architecture: string) => ({ description: { architecture } }) as DiffusionModel;
  expect(() => refuseOtherLatents(of('sdxl'), of('sdxl-refiner'), '/r')).not.toThrow();
  expect(() => refuseOtherLatents(of('sd1'), of('sdxl-refiner'), '/r')).toThrow(
    '/r cannot refine what this checkpoint',
  );
});
