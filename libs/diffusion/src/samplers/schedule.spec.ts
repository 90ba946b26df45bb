import { describe, expect, test } from 'vitest';
import { betaQuantile } from './beta-quantile.js';
import { noiseSchedule } from './betas.js';
import { parseSchedulerConfig } from './scheduler-config.js';
import { betaSigmas, karrasSigmas, TrainingSigmas } from './sigmas.js';
import { linspace, spacedTimesteps, wholeTimesteps } from './spacing.js';
import { thresholdFilter } from './thresholding.js';

const SD = { _class_name: 'DDIMScheduler', beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' };

describe('noiseSchedule', () => {
  test('falls from almost one to the known share of Stable Diffusion', () => {
    const { alphasCumprod, trainSteps } = noiseSchedule(SD);
    expect(trainSteps).toBe(1000);
    expect(alphasCumprod[0]).toBeCloseTo(1 - 0.00085, 6);
    expect(alphasCumprod[999]).toBeCloseTo(0.0047, 4);
  });

  test('leaves nothing, or a trace, of the picture with zero terminal SNR', () => {
    const config = { ...SD, rescale_betas_zero_snr: true };
    expect(noiseSchedule(config, { zeroSnr: 'exact' }).alphasCumprod[999]).toBe(0);
    expect(noiseSchedule(config, { zeroSnr: 'trace' }).alphasCumprod[999]).toBe(2 ** -24);
    expect(noiseSchedule(config)).toEqual(noiseSchedule(SD));
  });

  test('takes betas that were trained', () => {
    const { alphasCumprod } = noiseSchedule({ ...SD, trained_betas: [0.5, 0.5] });
    expect([...alphasCumprod]).toEqual([0.5, 0.25]);
  });
});

describe('spacing', () => {
  test.each([
    ['linspace', [999, 666, 333, 0]],
    ['leading', [751, 501, 251, 1]],
    ['trailing', [999, 749, 499, 249]],
  ])('spreads 4 timesteps %s', (spacing, timesteps) => {
    expect(spacedTimesteps(spacing, 1000, 4, 1)).toEqual(timesteps);
  });

  test('makes as many trailing timesteps as steps, also where the stride is rounded', () => {
    for (let steps = 1; steps <= 1000; steps++) {
      const timesteps = spacedTimesteps('trailing', 1000, steps, 0);
      expect(timesteps).toHaveLength(steps);
      expect(timesteps[0]).toBe(999);
      expect(timesteps.at(-1)).toBeGreaterThanOrEqual(0);
    }
  });

  test('refuses an offset that leads beyond training', () => {
    expect(() => wholeTimesteps({ ...SD, steps_offset: 1 }, 1000, 1000)).toThrow('begin at timestep 1000');
  });

  test('ends a linspace exactly', () => {
    expect(linspace(0, 0.3, 4)[3]).toBe(0.3);
    expect(linspace(5, 9, 1)).toEqual([5]);
  });
});

describe('TrainingSigmas', () => {
  const training = new TrainingSigmas(noiseSchedule(SD));

  test('finds the timestep of each of its noise levels', () => {
    for (const timestep of [0, 1, 250, 998, 999]) {
      expect(training.timestepOf(training.at(timestep))).toBeCloseTo(timestep, 2);
    }
  });

  test('holds timesteps within training', () => {
    expect(training.timestepOf(1e-12)).toBe(0);
    expect(training.timestepOf(1e6)).toBe(999);
    expect(training.at(2000)).toBe(training.max);
  });
});

test('respaces noise levels between the same ends', () => {
  for (const sigmas of [karrasSigmas(14, 0.03, 9), betaSigmas(14, 0.03, 9)]) {
    expect(sigmas[0]).toBeCloseTo(14, 9);
    expect(sigmas[8]).toBeCloseTo(0.03, 9);
    expect(sigmas).toEqual([...sigmas].sort((a, b) => b - a));
  }
});

test.each([
  [0.01, 0.0008612388215429],
  [0.25, 0.175680378652695],
  [0.5, 0.5],
  [0.9, 0.960415594411219],
])('puts a share of %d of the beta distribution below %d', (share, value) => {
  expect(betaQuantile(share, 0.6, 0.6)).toBeCloseTo(value, 11);
});

describe('thresholdFilter', () => {
  test('clips every picture at its own quantile and divides by it', () => {
    const config = { ...SD, dynamic_thresholding_ratio: 0.5, sample_max_value: 10 };
    const result = thresholdFilter(config, 2)(Float32Array.of(1, -2, 3, 4, 0.1, 0.2, -0.3, 0.4));
    expect([...result].map((value) => Number(value.toFixed(4)))).toEqual([0.4, -0.8, 1, 1, 0.1, 0.2, -0.3, 0.4]);
  });
});

describe('parseSchedulerConfig', () => {
  test('accepts the bare minus infinity that Python writes', () => {
    const config = parseSchedulerConfig('{"_class_name": "X", "lambda_min_clipped": -Infinity}');
    expect(config.lambda_min_clipped).toBe('-inf');
  });

  test.each(['{', '[]', '{"beta_start": 1}', '{"_class_name": 5}'])('refuses %s', (text) => {
    expect(() => parseSchedulerConfig(text, 'a.json')).toThrow(/^a\.json /);
  });

  test.each([
    ['num_train_timesteps', 1e9, 'it takes a whole number from 1 to 100000.'],
    ['beta_start', '0.1', 'has "beta_start" "0.1"; it takes a number.'],
    ['trained_betas', [0.1, null], 'it takes a list of at most 100000 elements, each a number.'],
    ['clip_sample', 1, 'it takes true or false.'],
    ['timestep_spacing', ['leading'], 'has "timestep_spacing" ["leading"]; it takes a word.'],
    ['solver_order', 0, 'it takes a whole number from 1 to 10.'],
    ['lambda_min_clipped', 'inf', 'it takes a number or -Infinity.'],
  ])('refuses a wrong %s', (name, value, message) => {
    const text = JSON.stringify({ _class_name: 'X', [name]: value });
    expect(() => parseSchedulerConfig(text, 'a.json')).toThrow(message);
  });

  test('passes over what it does not know, and what is null', () => {
    const text = '{"_class_name": "X", "trained_betas": null, "of_somebody": [1]}';
    expect(parseSchedulerConfig(text)).toEqual({ _class_name: 'X', trained_betas: null, of_somebody: [1] });
  });
});
