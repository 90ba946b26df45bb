import { InputError } from '../errors.js';
import { combine } from '../tensor/vector.js';
import { roundHalfToEven } from '../tensor/rounding.js';
import { noiseSchedule, type NoiseSchedule, type NoiseScheduleOptions } from './betas.js';
import { noiseOfOriginal, predictedNoise, predictedOriginal, predictionType } from './prediction.js';
import type { Sampler, SamplerOptions, StepResult } from './sampler.js';
import type { PredictionType, SchedulerConfig } from './scheduler-config.js';
import { respacedSigmas, TrainingSigmas } from './sigmas.js';
import { checkSteps, checkTimesteps, linspace, trailingTimesteps, unknownSpacing } from './spacing.js';
import { thresholdFilter, type OriginalFilter } from './thresholding.js';

/** A point of the walk: x = alpha * x0 + sigma * noise, and lambda = log(alpha / sigma), half the logarithm of its SNR. */
export interface Point {
  alpha: number;
  sigma: number;
  lambda: number;
}

/** How a class reads its configuration. */
export interface LogSnrOptions extends NoiseScheduleOptions {
  /** Whether the class knows `lambda_min_clipped`, which leaves out the noisiest timesteps. @default false */
  clipsLambda?: boolean;
  /** Timesteps of respaced noise levels are rounded, or cut, to whole ones. @default rounded for Karras only */
  roundsTimesteps?: boolean;
}

/**
 * Base of the exponential integrators, which solve the linear part of the diffusion equation exactly and approximate
 * the model over lambda (Lu et al. 2022, arXiv:2206.00927): whole timesteps, unit noise to start with, and the model
 * sees the sample as it is.
 */
export abstract class LogSnrSampler implements Sampler {
  readonly timesteps: readonly number[];
  readonly sigmas: Float32Array;
  readonly initNoiseSigma: number = 1;
  readonly order: number = 1;
  /** What the model predicted in the last calls, in the form that the method works with, the newest first. */
  protected history: Float32Array[] = [];
  private readonly points: readonly Point[];
  private readonly type: PredictionType;
  private readonly threshold: OriginalFilter | undefined;

  constructor(
    protected readonly config: SchedulerConfig,
    steps: number,
    options: SamplerOptions,
    private readonly classOptions: LogSnrOptions = {},
  ) {
    if (config.use_flow_sigmas) throw new InputError('Flow matching (use_flow_sigmas) is not supported.');
    this.type = predictionType(config);
    this.threshold = config.thresholding ? thresholdFilter(config, options.batchSize ?? 1) : undefined;
    const { timesteps, sigmas } = this.walk(noiseSchedule(config, classOptions), steps, options);
    this.timesteps = timesteps;
    this.sigmas = Float32Array.from(sigmas);
    this.points = [...this.sigmas].map(pointOf);
  }

  abstract step(
    modelOutput: Float32Array,
    sample: Float32Array,
    callIndex: number,
    noise: () => Float32Array,
  ): StepResult;

  setBeginIndex(): void {
    this.history = [];
  }

  scaleModelInput(sample: Float32Array): Float32Array {
    return sample;
  }

  addNoise(original: Float32Array, noise: Float32Array, timestepIndex: number): Float32Array {
    const { alpha, sigma } = this.point(timestepIndex);
    return combine([alpha, original], [sigma, noise]);
  }

  /** The point of a call; one past the last call lies the end of the walk. */
  protected point(callIndex: number): Point {
    return this.points[callIndex]!;
  }

  /** The clean sample that the model predicts, brought into range where the configuration asks for it. */
  protected original(output: Float32Array, sample: Float32Array, callIndex: number): Float32Array {
    const { alpha, sigma } = this.point(callIndex);
    const original = predictedOriginal(this.type, output, sample, alpha, sigma);
    return this.threshold ? this.threshold(original) : original;
  }

  /** The noise that the model predicts; it belongs to the clean sample that `original` gives. */
  protected noise(output: Float32Array, sample: Float32Array, callIndex: number): Float32Array {
    const { alpha, sigma } = this.point(callIndex);
    if (!this.threshold) return predictedNoise(this.type, output, sample, alpha, sigma);
    return noiseOfOriginal(this.original(output, sample, callIndex), sample, alpha, sigma);
  }

  /** Puts a prediction at the head of the history, which keeps `length` of them. */
  protected remember(prediction: Float32Array, length: number): void {
    this.history = [prediction, ...this.history].slice(0, length);
  }

  /** Where the walk ends: at no noise, or at the lowest level of its schedule. */
  protected finalSigma(lowest: number): number {
    const { final_sigmas_type: final = 'zero' } = this.config;
    if (final === 'zero') return 0;
    if (final === 'sigma_min') return lowest;
    throw new InputError(`Final sigma "${final}" is not known; allowed are "zero" and "sigma_min".`);
  }

  private walk(schedule: NoiseSchedule, steps: number, options: SamplerOptions) {
    const training = new TrainingSigmas(schedule);
    const respaced = respacedSigmas(this.config, steps, training.max, training.min);
    if (options.timesteps) {
      if (respaced) throw new InputError('Own timesteps and a schedule of noise levels exclude each other.');
      checkTimesteps(options.timesteps, schedule.trainSteps);
    } else {
      checkSteps(steps, schedule.trainSteps);
    }
    if (respaced) {
      const { roundsTimesteps = this.config.use_karras_sigmas } = this.classOptions;
      const whole = roundsTimesteps ? roundHalfToEven : Math.trunc;
      const timesteps = respaced.map((sigma) => whole(training.timestepOf(sigma)));
      return { timesteps, sigmas: [...respaced, this.finalSigma(respaced[steps - 1]!)] };
    }
    const timesteps = options.timesteps ?? this.spaced(schedule, steps);
    return { timesteps, sigmas: [...timesteps.map((t) => training.at(t)), this.finalSigma(training.min)] };
  }

  /** Whole timesteps of which the walk's end, at timestep 0 or thereabouts, is left out. */
  private spaced(schedule: NoiseSchedule, steps: number): number[] {
    const { timestep_spacing: spacing = 'linspace', steps_offset: offset = 0 } = this.config;
    const end = schedule.trainSteps - (this.classOptions.clipsLambda ? this.clippedTimesteps(schedule) : 0);
    switch (spacing) {
      case 'linspace':
        return linspace(0, end - 1, steps + 1)
          .map(roundHalfToEven)
          .reverse()
          .slice(0, -1);
      case 'leading': {
        const stride = Math.floor(end / (steps + 1));
        return Array.from({ length: steps }, (_, i) => (steps - i) * stride + offset);
      }
      case 'trailing':
        return trailingTimesteps(end, schedule.trainSteps / steps);
      default:
        throw unknownSpacing(spacing);
    }
  }

  /** How many of the noisiest timesteps lie below the configuration's bound on lambda. */
  private clippedTimesteps({ alphasCumprod }: NoiseSchedule): number {
    const { lambda_min_clipped: bound = -Infinity } = this.config;
    if (typeof bound !== 'number') return 0;
    return alphasCumprod.filter((alphaBar) => 0.5 * Math.log(alphaBar / (1 - alphaBar)) < bound).length;
  }
}

/** The point at a noise level of x = x0 + sigma * noise, scaled to unit variance. */
function pointOf(level: number): Point {
  const alpha = 1 / Math.sqrt(level ** 2 + 1);
  return { alpha, sigma: level * alpha, lambda: -Math.log(level) };
}
