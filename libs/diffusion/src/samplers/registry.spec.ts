import { describe, expect, test } from 'vitest';
import { parseSamplerName } from './names.js';
import { createSampler, samplerConfig, samplerNames } from './registry.js';

const BASE = { _class_name: 'PNDMScheduler', beta_start: 0.00085, skip_prk_steps: true };

describe('samplerConfig', () => {
  test("keeps the checkpoint's configuration where no sampler is named", () => {
    expect(samplerConfig(BASE)).toEqual(BASE);
  });

  test('replaces the class and keeps the other settings', () => {
    expect(samplerConfig(BASE, 'euler')).toEqual({ ...BASE, _class_name: 'EulerDiscreteScheduler' });
  });

  test('tells methods of one class apart by their settings', () => {
    expect(samplerConfig(BASE, 'dpmpp_2m')).toMatchObject({ algorithm_type: 'dpmsolver++' });
    expect(samplerConfig(BASE, 'dpmpp_2m_sde')).toMatchObject({ algorithm_type: 'sde-dpmsolver++' });
  });

  test('sets one schedule and clears the others', () => {
    const config = samplerConfig({ ...BASE, use_exponential_sigmas: true }, 'euler', 'karras');
    expect(config).toMatchObject({ use_karras_sigmas: true, use_exponential_sigmas: false });
  });

  test('prefers the schedule that is given to the one in the name', () => {
    const config = samplerConfig(BASE, parseSamplerName('dpmpp_2m_karras'), 'normal');
    expect(config.use_karras_sigmas).toBe(false);
  });

  test('refuses a schedule that the method does not have', () => {
    expect(() => samplerConfig(BASE, 'ddim', 'karras')).toThrow(/DDIMScheduler has no karras schedule; .*dpmpp_2m/);
  });
});

describe('parseSamplerName', () => {
  test.each(samplerNames)('knows %s', (name) => {
    expect(parseSamplerName(name)).toEqual({ name });
  });

  test.each([
    ['DPM++ 2M Karras', { name: 'dpmpp_2m', schedule: 'karras' }],
    ['DPM++ 2M SDE Exponential', { name: 'dpmpp_2m_sde', schedule: 'exponential' }],
    ['dpmpp_2m_karras', { name: 'dpmpp_2m', schedule: 'karras' }],
    ['Euler a', { name: 'euler_a' }],
    ['k_euler_ancestral', { name: 'euler_a' }],
    ['DPM2 a Karras', { name: 'dpm2_a', schedule: 'karras' }],
    ['PLMS', { name: 'pndm', settings: { skip_prk_steps: true } }],
    ['  unipc ', { name: 'unipc' }],
  ])('understands %s', (text, choice) => {
    expect(parseSamplerName(text)).toEqual(choice);
  });

  test('says which are known where it does not understand', () => {
    expect(() => parseSamplerName('DPM fast')).toThrow(/Sampler "DPM fast" is not known; known are ddim, /);
  });
});

describe('createSampler', () => {
  test.each([
    [{ _class_name: 'FlowScheduler' }, /FlowScheduler.*known are DDIMScheduler/],
    [{ _class_name: 'DDIMScheduler', prediction_type: 'flow' }, /prediction type "flow"/],
    [{ _class_name: 'DDIMScheduler', timestep_spacing: 'even' }, /spacing "even"/],
    [{ _class_name: 'DDIMScheduler', beta_schedule: 'steep' }, /Beta schedule "steep"/],
    [{ _class_name: 'DDPMScheduler', variance_type: 'learned' }, /variance type "learned"/],
    [{ _class_name: 'EulerDiscreteScheduler', use_karras_sigmas: true, use_beta_sigmas: true }, /Only one of/],
    [{ _class_name: 'EulerAncestralDiscreteScheduler', prediction_type: 'sample' }, /cannot use prediction type/],
    [{ _class_name: 'DPMSolverMultistepScheduler', algorithm_type: 'dpmsolver' }, /cannot end at no noise/],
    [{ _class_name: 'DPMSolverMultistepScheduler', solver_order: 4 }, /order 4/],
    [{ _class_name: 'UniPCMultistepScheduler', solver_type: 'bh3' }, /Solver type "bh3"/],
    [{ _class_name: 'UniPCMultistepScheduler', use_flow_sigmas: true }, /Flow matching/],
  ])('refuses %j', (config, message) => {
    expect(() => createSampler(config, 5)).toThrow(message);
  });

  test('refuses PNDM with fewer than four steps where Runge-Kutta needs them', () => {
    expect(() => createSampler({ _class_name: 'PNDMScheduler' }, 3)).toThrow(/at least 4 steps/);
  });

  test('refuses more steps than a model was distilled for', () => {
    expect(() => createSampler({ _class_name: 'LCMScheduler' }, 51)).toThrow(/more than the 50/);
  });

  test('takes own noise levels', () => {
    const sampler = createSampler({ _class_name: 'EulerDiscreteScheduler' }, 3, { sigmas: [10, 5, 1, 0] });
    expect(sampler.timesteps).toHaveLength(3);
    expect([...sampler.sigmas!]).toEqual([10, 5, 1, 0]);
    expect(() => createSampler({ _class_name: 'HeunDiscreteScheduler' }, 3, { sigmas: [1, 0] })).toThrow(
      'noise levels',
    );
  });

  test('refuses own timesteps where the method reckons with even steps', () => {
    expect(() => createSampler(BASE, 3, { timesteps: [9, 5] })).toThrow('PNDMScheduler cannot walk over own timesteps');
  });

  test('takes own timesteps', () => {
    const sampler = createSampler({ _class_name: 'LCMScheduler' }, 4, { timesteps: [999, 500, 259] });
    expect(sampler.timesteps).toEqual([999, 500, 259]);
    expect(() => createSampler({ _class_name: 'LCMScheduler' }, 4, { timesteps: [10, 20] })).toThrow(/falling/);
  });
});
