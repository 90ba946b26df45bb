import { expect, test } from 'vitest';
import { createGenerator } from '../random/generator.js';
import { createSampler } from './registry.js';
import type { SamplerOptions } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';

// Results that diffusers publishes in its scheduler tests: a model x * t / (t + 1) on values from 0 to 1 in steps of
// 1/768, and of the last sample the sum and mean of magnitudes.
const LINEAR = { num_train_timesteps: 1000, beta_start: 0.0001, beta_end: 0.02, beta_schedule: 'linear' };
const LONG = { ...LINEAR, num_train_timesteps: 1100 };
const SCALED = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear' };
const MIN = { ...LINEAR, final_sigmas_type: 'sigma_min' };
const VELOCITY = { prediction_type: 'v_prediction' };

interface Published {
  class: string;
  config: Omit<SchedulerConfig, '_class_name'>;
  steps?: number;
  options?: SamplerOptions;
  sum?: number;
  mean: number;
}

const PUBLISHED: Published[] = [
  { class: 'DDIM', config: LINEAR, sum: 172.0067, mean: 0.223967 },
  { class: 'DDIM', config: { ...LINEAR, ...VELOCITY }, sum: 52.5302, mean: 0.0684 },
  { class: 'DDIM', config: { ...LINEAR, beta_start: 0.01, set_alpha_to_one: true }, sum: 149.8295, mean: 0.1951 },
  { class: 'DDIM', config: { ...LINEAR, beta_start: 0.01, set_alpha_to_one: false }, sum: 149.0784, mean: 0.1941 },
  { class: 'DDPM', config: LINEAR, steps: 1000, sum: 258.9606, mean: 0.3372 },
  { class: 'DDPM', config: { ...LINEAR, ...VELOCITY }, steps: 1000, sum: 202.0296, mean: 0.2631 },
  { class: 'PNDM', config: LINEAR, sum: 198.1318, mean: 0.258 },
  { class: 'PNDM', config: { ...LINEAR, ...VELOCITY }, sum: 67.3986, mean: 0.0878 },
  { class: 'LMSDiscrete', config: LONG, sum: 1006.388, mean: 1.31 },
  { class: 'EulerDiscrete', config: LONG, sum: 10.0807, mean: 0.0131 },
  { class: 'EulerDiscrete', config: { ...LONG, use_karras_sigmas: true }, sum: 124.523, mean: 0.16213 },
  { class: 'EulerAncestralDiscrete', config: LONG, sum: 152.3192, mean: 0.1983 },
  { class: 'EulerAncestralDiscrete', config: { ...LONG, ...VELOCITY }, sum: 108.4439, mean: 0.1412 },
  { class: 'HeunDiscrete', config: LONG, sum: 0.1233, mean: 0.0002 },
  { class: 'KDPM2Discrete', config: LONG, sum: 20.4125, mean: 0.0266 },
  { class: 'DPMSolverMultistep', config: { ...MIN, lower_order_final: false }, mean: 0.3301 },
  { class: 'DPMSolverMultistep', config: { ...MIN, ...VELOCITY, lower_order_final: false }, mean: 0.2251 },
  { class: 'DPMSolverSinglestep', config: MIN, mean: 0.2791 },
  { class: 'DPMSolverSinglestep', config: { ...MIN, use_karras_sigmas: true }, mean: 0.2248 },
  { class: 'UniPCMultistep', config: MIN, mean: 0.2464 },
  { class: 'UniPCMultistep', config: { ...MIN, use_karras_sigmas: true }, mean: 0.2925 },
  { class: 'DEISMultistep', config: LINEAR, mean: 0.23916 },
  { class: 'DEISMultistep', config: { ...LINEAR, ...VELOCITY }, mean: 0.091 },
  { class: 'LCM', config: SCALED, steps: 1, sum: 18.7097, mean: 0.0244 },
  { class: 'LCM', config: SCALED, steps: 10, sum: 197.7616, mean: 0.2575 },
  { class: 'TCD', config: SCALED, steps: 1, options: { eta: 0 }, sum: 29.8715, mean: 0.0389 },
  { class: 'TCD', config: SCALED, steps: 10, options: { eta: 0 }, sum: 181.204, mean: 0.2359 },
];

/** Values 0 to 767 over 768 laid out as [3, 8, 8, 4], with the last axis moved to the front. */
function deterministicSample(): Float32Array {
  const sample = new Float32Array(768);
  for (let i = 0; i < 192; i++) for (let n = 0; n < 4; n++) sample[n * 192 + i] = (4 * i + n) / 768;
  return sample;
}

test.each(PUBLISHED)('$class with $config gives $mean', ({ class: name, config, steps = 10, options, sum, mean }) => {
  const batchOptions = { batchSize: 4, ...options };
  const sampler = createSampler({ ...config, _class_name: `${name}Scheduler` }, steps, batchOptions);
  const generator = createGenerator('cpu', 0);
  let sample: Float32Array = deterministicSample().map((value) => value * sampler.initNoiseSigma);
  sampler.timesteps.forEach((timestep, call) => {
    // The tests go on with the scaled sample, so this does too.
    sample = sampler.scaleModelInput(sample, call);
    const output = sample.map((value) => (value * timestep) / (timestep + 1));
    sample = sampler.step(output, sample, call, () => generator.randn(768)).prevSample;
  });
  const total = sample.reduce((all, value) => all + Math.abs(value), 0);
  if (sum !== undefined) expect(Math.abs(total - sum)).toBeLessThan(1e-2);
  expect(Math.abs(total / 768 - mean)).toBeLessThan(1e-3);
});
