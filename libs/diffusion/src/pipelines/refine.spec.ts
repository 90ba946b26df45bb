import { expect, test } from 'vitest';
import type { DiffusionModel } from './model.js';
import { partWalk, refinerRequest, refuseOtherLatents } from './refine.js';
import type { Run } from './run.js';
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
const mask = request.initImage!;

test('asks a refiner for the same picture, without what is of the first checkpoint only', () => {
  expect(refinerRequest(request, settings)).toEqual({
    checkpoint: '/refiner',
    ...{ steps: 20, guidanceScale: 5, sampler: 'euler', width: 64, height: 32 },
    pictures: request.pictures,
  });
  expect(() => refinerRequest({ ...request, mask }, settings)).toThrow('the request cannot have a mask as well');
});

test('parts the walk, and lets the noise of each seed go on', () => {
  const run: Pick<Run, 'noise' | 'part'> = { noise: () => new Float32Array(1), part: { strength: 0.5 } };
  const part = (switchAt?: number) =>
    partWalk({ checkpoint: '/refiner', ...(switchAt && { switchAt }) }, run as Run, { steps: 3 } as Run);
  const { first, second } = part();
  expect(first.part).toEqual({ strength: 0.5, to: 0.8 });
  expect(second).toMatchObject({ steps: 3, part: { from: 0.8 }, noise: run.noise });
  expect(() => part(1)).toThrow('refiner.switchAt 1 is not');
});

test('refuses a refiner of other latents', () => {
  const of = (architecture: string) => ({ description: { architecture } }) as DiffusionModel;
  expect(() => refuseOtherLatents(of('sdxl'), of('sdxl-refiner'), '/r')).not.toThrow();
  expect(() => refuseOtherLatents(of('sd1'), of('sdxl-refiner'), '/r')).toThrow(
    '/r cannot refine what this checkpoint',
  );
});
