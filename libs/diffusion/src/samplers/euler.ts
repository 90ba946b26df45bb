import { InputError } from '../errors.js';
import { combine } from '../tensor/vector.js';
import type { SamplerOptions, StepResult } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';
import { linspace } from './spacing.js';
import { slope, VarianceExplodingSampler } from './variance-exploding.js';

/** Euler's method with optional churn: Karras et al. 2022, arXiv:2206.00364, algorithm 2 without its correction. */
export class EulerSampler extends VarianceExplodingSampler {
  readonly timesteps: readonly number[];
  readonly sigmas: Float32Array;
  private readonly churn: number;
  private readonly churnRange: readonly [number, number];
  private readonly noiseScale: number;

  constructor(config: SchedulerConfig, steps: number, options: SamplerOptions) {
    const prediction = config.prediction_type === 'original_sample' ? 'sample' : config.prediction_type;
    super({ ...config, prediction_type: prediction }, { zeroSnr: 'trace' });
    const { timesteps, sigmas } = this.walk(steps, options);
    this.sigmas = sigmas;
    this.timesteps = this.isContinuous ? [...sigmas.slice(0, -1)].map((sigma) => 0.25 * Math.log(sigma)) : timesteps;
    this.churn = options.churn ?? 0;
    this.churnRange = options.churnRange ?? [0, Infinity];
    this.noiseScale = options.noiseScale ?? 1;
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number, noise: () => Float32Array): StepResult {
    const sigma = this.sigmas[callIndex]!;
    const churned = sigma * (1 + this.churnShare(sigma));
    const from =
      churned > sigma
        ? combine([1, sample], [this.noiseScale * Math.sqrt(churned ** 2 - sigma ** 2), noise()])
        : sample;
    // A velocity model is asked about the level before churn, as the reference does.
    const predOriginal = this.original(modelOutput, from, this.type === 'v_prediction' ? sigma : churned);
    const change = this.sigmas[callIndex + 1]! - churned;
    return { prevSample: combine([1, from], [change, slope(from, predOriginal, churned)]), predOriginal };
  }

  /** Models that are told the logarithm of the noise level instead of a timestep. */
  private get isContinuous(): boolean {
    return this.config.timestep_type === 'continuous' && this.type === 'v_prediction';
  }

  private churnShare(sigma: number): number {
    const [low, high] = this.churnRange;
    if (sigma < low || sigma > high) return 0;
    return Math.min(this.churn / (this.sigmas.length - 1), Math.SQRT2 - 1);
  }

  private walk(steps: number, options: SamplerOptions): { timesteps: number[]; sigmas: Float32Array } {
    if (options.sigmas) {
      const sigmas = Float32Array.from(options.sigmas);
      const timesteps = [...sigmas.slice(0, -1)].map((sigma) => Math.fround(this.training.timestepOf(sigma)));
      return { timesteps, sigmas };
    }
    const { timesteps, sigmas } = this.noiseLevels(steps, options);
    return {
      timesteps: timesteps.map(Math.fround),
      sigmas: Float32Array.from([...sigmas, this.finalSigma()]),
    };
  }

  /** With log-linear interpolation one level more than timesteps: the walk ends at the last of them. */
  protected override sigmasAt(timesteps: readonly number[]): number[] {
    const { interpolation_type: interpolation = 'linear' } = this.config;
    if (interpolation === 'linear') return super.sigmasAt(timesteps);
    if (interpolation === 'log_linear') {
      const { max, min } = this.training;
      return linspace(Math.log(max), Math.log(min), timesteps.length + 1).map(Math.exp);
    }
    throw new InputError(`Interpolation "${interpolation}" is not known; allowed are "linear" and "log_linear".`);
  }

  private finalSigma(): number {
    const { final_sigmas_type: final = 'zero' } = this.config;
    if (final === 'zero') return 0;
    if (final === 'sigma_min') return this.training.min;
    throw new InputError(`Final sigma "${final}" is not known; allowed are "zero" and "sigma_min".`);
  }
}
