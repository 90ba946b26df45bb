import { combine } from '../tensor/vector.js';
import type { SamplerOptions, StepResult } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';
import { slope, VarianceExplodingSampler } from './variance-exploding.js';

/** Euler's method that goes down further than needed and comes back up with fresh noise. */
export class EulerAncestralSampler extends VarianceExplodingSampler {
  readonly timesteps: readonly number[];
  readonly sigmas: Float32Array;

  constructor(config: SchedulerConfig, steps: number, options: SamplerOptions) {
    super(config, { zeroSnr: 'trace' }, ['epsilon', 'v_prediction']);
    const { timesteps, sigmas } = this.trainedLevels(steps, options);
    this.timesteps = timesteps;
    this.sigmas = Float32Array.from([...sigmas, 0]);
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number, noise: () => Float32Array): StepResult {
    const sigma = this.sigmas[callIndex]!;
    const { up, down } = ancestralSplit(sigma, this.sigmas[callIndex + 1]!);
    const predOriginal = this.original(modelOutput, sample, sigma);
    const direction = slope(sample, predOriginal, sigma);
    return { prevSample: combine([1, sample], [down - sigma, direction], [up, noise()]), predOriginal };
  }
}

/**
 * Splits a step from one noise level to a lower one into a deterministic part down to `down` and fresh noise of
 * deviation `up`, as in DDPM: up^2 + down^2 = to^2 (Song et al. 2020, arXiv:2011.13456, appendix F).
 */
export function ancestralSplit(from: number, to: number): { up: number; down: number } {
  const up = Math.min(to, Math.sqrt((to ** 2 * (from ** 2 - to ** 2)) / from ** 2));
  return { up, down: Math.sqrt(to ** 2 - up ** 2) };
}
