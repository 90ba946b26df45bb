import { InputError } from '../errors.js';
import { combine } from '../tensor/vector.js';
import { noiseSchedule, type NoiseScheduleOptions } from './betas.js';
import { predictionType } from './prediction.js';
import type { Sampler, SamplerOptions, StepResult } from './sampler.js';
import type { PredictionType, SchedulerConfig } from './scheduler-config.js';
import { respacedSigmas, TrainingSigmas } from './sigmas.js';
import { checkSteps, checkTimesteps, spacedTimesteps } from './spacing.js';

/** A falling walk of noise levels with the timestep of each. */
export interface NoiseLevels {
  timesteps: number[];
  /** One per timestep, in falling order. */
  sigmas: number[];
}

/**
 * Base of the methods that work on x = x0 + sigma * noise (Karras et al. 2022, arXiv:2206.00364): the first sample is
 * noise at the highest level, and the model sees it scaled to unit variance.
 */
export abstract class VarianceExplodingSampler implements Sampler {
  abstract readonly timesteps: readonly number[];
  abstract readonly sigmas: Float32Array;
  readonly order: number = 1;
  protected readonly training: TrainingSigmas;
  protected readonly type: PredictionType;

  /** @param types the prediction types that the method can use */
  constructor(
    protected readonly config: SchedulerConfig,
    noise: NoiseScheduleOptions = {},
    types?: readonly PredictionType[],
  ) {
    this.training = new TrainingSigmas(noiseSchedule(config, noise));
    this.type = predictionType(config, types);
  }

  abstract step(
    modelOutput: Float32Array,
    sample: Float32Array,
    callIndex: number,
    noise: () => Float32Array,
  ): StepResult;

  get initNoiseSigma(): number {
    const highest = this.sigmas.reduce((a, b) => Math.max(a, b));
    return this.config.timestep_spacing === 'leading' ? Math.sqrt(highest ** 2 + 1) : highest;
  }

  setBeginIndex(): void {}

  scaleModelInput(sample: Float32Array, callIndex: number): Float32Array {
    return combine([1 / Math.sqrt(this.modelSigma(callIndex) ** 2 + 1), sample]);
  }

  addNoise(original: Float32Array, noise: Float32Array, timestepIndex: number): Float32Array {
    return combine([1, original], [this.sigmas[timestepIndex]!, noise]);
  }

  /** The noise level of the sample that the model is shown. */
  protected modelSigma(callIndex: number): number {
    return this.sigmas[callIndex]!;
  }

  /** The noise levels of a run: those of the spaced timesteps, or respaced between the first and the last of them. */
  protected noiseLevels(steps: number, options: SamplerOptions): NoiseLevels {
    const trained = this.trainedLevels(steps, options);
    const [first, last] = [trained.sigmas[0]!, trained.sigmas[trained.sigmas.length - 1]!];
    const sigmas = respacedSigmas(this.config, trained.timesteps.length, first, last);
    if (!sigmas) return trained;
    if (options.timesteps) throw new InputError('Own timesteps and a schedule of noise levels exclude each other.');
    return { timesteps: sigmas.map((sigma) => this.training.timestepOf(sigma)), sigmas };
  }

  /** The noise levels that training gave to the run's timesteps. */
  protected trainedLevels(steps: number, options: SamplerOptions): NoiseLevels {
    const timesteps = this.runTimesteps(steps, options);
    return { timesteps, sigmas: this.sigmasAt(timesteps) };
  }

  protected sigmasAt(timesteps: readonly number[]): number[] {
    return timesteps.map((timestep) => this.training.at(timestep));
  }

  /** The run's own timesteps, else the spaced ones, in float32 as the reference keeps them. */
  private runTimesteps(steps: number, { timesteps }: SamplerOptions): number[] {
    const trainSteps = this.training.values.length;
    if (timesteps) {
      checkTimesteps(timesteps, trainSteps);
      return [...timesteps];
    }
    checkSteps(steps, trainSteps);
    const spacing = this.config.timestep_spacing ?? 'linspace';
    return spacedTimesteps(spacing, trainSteps, steps, this.config.steps_offset ?? 0).map(Math.fround);
  }

  /** The clean sample that the model predicts for a sample at noise level `sigma`. */
  protected original(output: Float32Array, sample: Float32Array, sigma: number): Float32Array {
    switch (this.type) {
      case 'epsilon':
        return combine([1, sample], [-sigma, output]);
      case 'sample':
        return output;
      case 'v_prediction':
        return combine([-sigma / Math.sqrt(sigma ** 2 + 1), output], [1 / (sigma ** 2 + 1), sample]);
    }
  }
}

/** The slope dx/dsigma of the walk at noise level `sigma`, Karras et al. 2022, algorithm 1. */
export function slope(sample: Float32Array, original: Float32Array, sigma: number): Float32Array {
  return combine([1 / sigma, sample], [-1 / sigma, original]);
}
