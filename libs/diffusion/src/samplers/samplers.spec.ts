import { describe, expect, test } from 'vitest';
import { createGenerator } from '../random/generator.js';
import { noiseSchedule } from './betas.js';
import { createSampler, noiseLevelSchedules, samplerConfig, samplerNames } from './registry.js';
import type { Sampler } from './sampler.js';
import { TrainingSigmas } from './sigmas.js';

const BASE = {
  _class_name: 'PNDMScheduler',
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  skip_prk_steps: true,
  steps_offset: 1,
  clip_sample: false,
};
const PICTURE = Float32Array.from({ length: 32 }, (_, i) => Math.sin(i));
const TRAINING = new TrainingSigmas(noiseSchedule(BASE));

/** The noise that a model predicts if it knows the picture: what remains of x = alpha * picture + sigma * noise. */
function knowingModel(input: Float32Array, timestep: number): Float32Array {
  const level = TRAINING.at(timestep);
  const alpha = 1 / Math.sqrt(level ** 2 + 1);
  return input.map((value, i) => (value - alpha * PICTURE[i]!) / (level * alpha));
}

function walk(sampler: Sampler, begin = 0): Float32Array {
  const generator = createGenerator('cpu', 1);
  let sample: Float32Array = generator.randn(PICTURE.length).map((value) => value * sampler.initNoiseSigma);
  if (begin > 0) {
    sampler.setBeginIndex(begin);
    sample = sampler.addNoise(PICTURE, generator.randn(PICTURE.length), begin);
  }
  for (let call = begin; call < sampler.timesteps.length; call++) {
    const output = knowingModel(sampler.scaleModelInput(sample, call), sampler.timesteps[call]!);
    sample = sampler.step(output, sample, call, () => generator.randn(PICTURE.length)).prevSample;
  }
  return sample;
}

function distance(sample: Float32Array): number {
  return Math.max(...sample.map((value, i) => Math.abs(value - PICTURE[i]!)));
}

describe.each(samplerNames)('%s', (name) => {
  const schedules = noiseLevelSchedules.filter((schedule) => {
    try {
      return samplerConfig(BASE, name, schedule);
    } catch {
      return false;
    }
  });

  test.each(schedules)('finds the picture that the model knows, schedule %s', (schedule) => {
    expect(distance(walk(createSampler(samplerConfig(BASE, name, schedule), 20)))).toBeLessThan(0.15);
  });

  test('finds it from the middle of the walk', () => {
    const sampler = createSampler(samplerConfig(BASE, name), 20);
    expect(distance(walk(sampler, 10 * sampler.order))).toBeLessThan(0.15);
  });

  test('gives the same again after going back to the beginning', () => {
    const sampler = createSampler(samplerConfig(BASE, name), 6);
    const once = walk(sampler);
    sampler.setBeginIndex(0);
    expect(walk(sampler)).toEqual(once);
  });

  test('leaves what it is given as it was', () => {
    const sampler = createSampler(samplerConfig(BASE, name), 4);
    const [output, sample, noise] = [PICTURE.slice(), PICTURE.slice(), PICTURE.slice()];
    for (let call = 0; call < sampler.timesteps.length; call++) {
      sampler.scaleModelInput(sample, call);
      sampler.step(output, sample, call, () => noise);
      sampler.addNoise(sample, noise, call);
    }
    for (const vector of [output, sample, noise]) expect(vector).toEqual(PICTURE);
  });

  test.each([0, -1, 1.5, 1001])('refuses %d steps', (steps) => {
    expect(() => createSampler(samplerConfig(BASE, name), steps)).toThrow(/whole numbers from 1/);
  });
});
