import { combine } from '../tensor/vector.js';
import type { NoiseSchedule } from './betas.js';
import type { Sampler, StepResult } from './sampler.js';

/**
 * Base of the methods that work on x = sqrt(alphaBar) * x0 + sqrt(1 - alphaBar) * noise at integer training
 * timesteps: the model sees the sample as it is, and the first sample is unit noise.
 */
export abstract class VariancePreservingSampler implements Sampler {
  abstract readonly timesteps: readonly number[];
  readonly initNoiseSigma: number = 1;
  readonly order: number = 1;

  constructor(
    protected readonly schedule: NoiseSchedule,
    /** The picture's share of variance after the last step. */
    private readonly finalAlphaCumprod = 1,
  ) {}

  abstract step(
    modelOutput: Float32Array,
    sample: Float32Array,
    callIndex: number,
    noise: () => Float32Array,
  ): StepResult;

  setBeginIndex(): void {}

  scaleModelInput(sample: Float32Array): Float32Array {
    return sample;
  }

  addNoise(original: Float32Array, noise: Float32Array, timestepIndex: number): Float32Array {
    const alphaBar = this.alphaBar(this.timesteps[timestepIndex]!);
    return combine([Math.sqrt(alphaBar), original], [Math.sqrt(1 - alphaBar), noise]);
  }

  /** The picture's share of variance at a timestep; below 0 lies the end of the walk. */
  protected alphaBar(timestep: number): number {
    return timestep >= 0 ? this.schedule.alphasCumprod[timestep]! : this.finalAlphaCumprod;
  }
}
