import { InputError } from '../errors.js';
import { combine } from '../tensor/vector.js';
import { noiseSchedule } from './betas.js';
import { predictedOriginal, predictionType } from './prediction.js';
import type { SamplerOptions, StepResult } from './sampler.js';
import type { PredictionType, SchedulerConfig } from './scheduler-config.js';
import { checkTimesteps, wholeTimesteps } from './spacing.js';
import { originalFilter, type OriginalFilter } from './thresholding.js';
import { VariancePreservingSampler } from './variance-preserving.js';

const VARIANCE_TYPES = ['fixed_small', 'fixed_small_log', 'fixed_large'];

/**
 * Denoising diffusion probabilistic models, Ho et al. 2020, arXiv:2006.11239: the mean of formula (7) with a fixed
 * variance, over any falling timesteps.
 */
export class DdpmSampler extends VariancePreservingSampler {
  readonly timesteps: readonly number[];
  private readonly type: PredictionType;
  private readonly filter: OriginalFilter;
  private readonly varianceType: string;

  constructor(config: SchedulerConfig, steps: number, options: SamplerOptions) {
    const schedule = noiseSchedule(config, { zeroSnr: 'exact' });
    super(schedule);
    const { trainSteps } = schedule;
    if (options.timesteps) checkTimesteps(options.timesteps, trainSteps);
    this.timesteps = options.timesteps ?? wholeTimesteps(config, trainSteps, steps);
    this.type = predictionType(config);
    this.filter = originalFilter(config, true, options.batchSize ?? 1);
    this.varianceType = config.variance_type ?? 'fixed_small';
    if (!VARIANCE_TYPES.includes(this.varianceType)) {
      throw new InputError(
        `DDPM cannot use variance type "${this.varianceType}"; allowed are ${VARIANCE_TYPES.join(', ')}.`,
      );
    }
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number, noise: () => Float32Array): StepResult {
    const timestep = this.timesteps[callIndex]!;
    const alphaBar = this.alphaBar(timestep);
    const alphaBarPrev = this.alphaBar(this.timesteps[callIndex + 1] ?? -1);
    const alpha = alphaBar / alphaBarPrev;
    const beta = 1 - alpha;

    const output = predictedOriginal(this.type, modelOutput, sample, Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar));
    const predOriginal = this.filter(output);
    const towardsOriginal = [(Math.sqrt(alphaBarPrev) * beta) / (1 - alphaBar), predOriginal] as const;
    const alongSample = [(Math.sqrt(alpha) * (1 - alphaBarPrev)) / (1 - alphaBar), sample] as const;
    if (timestep === 0) return { prevSample: combine(towardsOriginal, alongSample), predOriginal };
    const smallVariance = Math.max(((1 - alphaBarPrev) / (1 - alphaBar)) * beta, 1e-20);
    const deviation = Math.sqrt(this.varianceType === 'fixed_large' ? beta : smallVariance);
    return { prevSample: combine(towardsOriginal, alongSample, [deviation, noise()]), predOriginal };
  }
}
