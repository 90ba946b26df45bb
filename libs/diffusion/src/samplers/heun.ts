import { clamp, combine } from '../tensor/vector.js';
import type { SamplerOptions, StepResult } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';
import { slope, VarianceExplodingSampler } from './variance-exploding.js';

/**
 * Heun's method, Karras et al. 2022, arXiv:2206.00364, algorithm 1: an Euler step, then the same step again with the
 * mean of the slopes at both ends. The last step, to no noise, is Euler's.
 */
export class HeunSampler extends VarianceExplodingSampler {
  readonly timesteps: readonly number[];
  readonly sigmas: Float32Array;
  override readonly order = 2;
  /** Where the step began and its slope there, between its two calls. */
  private begun: { sample: Float32Array; slope: Float32Array } | undefined;

  constructor(config: SchedulerConfig, steps: number, options: SamplerOptions) {
    super(config, { betas: [0.00085, 0.012] });
    const { timesteps, sigmas } = this.noiseLevels(steps, options);
    const twiceAfterFirst = (values: number[]) => values.flatMap((value, i) => (i === 0 ? [value] : [value, value]));
    this.timesteps = twiceAfterFirst(timesteps).map(Math.fround);
    this.sigmas = Float32Array.from([...twiceAfterFirst(sigmas), 0]);
  }

  override setBeginIndex(): void {
    this.begun = undefined;
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number): StepResult {
    const sigma = this.sigmas[callIndex]!;
    const predOriginal = this.clip(this.original(modelOutput, sample, sigma));
    const here = slope(sample, predOriginal, sigma);
    if (this.begun) {
      const { sample: start, slope: startSlope } = this.begun;
      const half = (sigma - this.sigmas[callIndex - 1]!) / 2;
      this.begun = undefined;
      return { prevSample: combine([1, start], [half, startSlope], [half, here]), predOriginal };
    }
    this.begun = { sample, slope: here };
    return { prevSample: combine([1, sample], [this.sigmas[callIndex + 1]! - sigma, here]), predOriginal };
  }

  private clip(original: Float32Array): Float32Array {
    return this.config.clip_sample ? clamp(original, this.config.clip_sample_range ?? 1) : original;
  }
}
