import { combine } from '../tensor/vector.js';
import { noiseSchedule } from './betas.js';
import { noiseOfOriginal, predictedNoise, predictedOriginal, predictionType } from './prediction.js';
import type { SamplerOptions, StepResult } from './sampler.js';
import type { SchedulerConfig } from './scheduler-config.js';
import { wholeTimesteps } from './spacing.js';
import { originalFilter } from './thresholding.js';
import { VariancePreservingSampler } from './variance-preserving.js';

/**
 * Denoising diffusion implicit models, Song et al. 2020, arXiv:2010.02502: formula (12), with the standard deviation
 * of formula (16). Eta 0 adds no noise, eta 1 as much as DDPM.
 */
export class DdimSampler extends VariancePreservingSampler {
  readonly timesteps: readonly number[];
  private readonly stride: number;
  private readonly type;
  private readonly filter;
  private readonly eta: number;
  private readonly rederiveNoise: boolean;

  constructor(config: SchedulerConfig, steps: number, options: SamplerOptions) {
    const schedule = noiseSchedule(config, { zeroSnr: 'exact' });
    super(schedule, (config.set_alpha_to_one ?? true) ? 1 : schedule.alphasCumprod[0]);
    const { trainSteps } = schedule;
    this.timesteps = wholeTimesteps(config, trainSteps, steps);
    this.stride = Math.floor(trainSteps / steps);
    this.type = predictionType(config);
    this.filter = originalFilter(config, true, options.batchSize ?? 1);
    this.eta = options.eta ?? 0;
    this.rederiveNoise = options.useClippedModelOutput ?? false;
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number, noise: () => Float32Array): StepResult {
    const timestep = this.timesteps[callIndex]!;
    const alphaBar = this.alphaBar(timestep);
    const alphaBarPrev = this.alphaBar(timestep - this.stride);
    const [alpha, sigma] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];

    const predOriginal = this.filter(predictedOriginal(this.type, modelOutput, sample, alpha, sigma));
    const direction = this.rederiveNoise
      ? noiseOfOriginal(predOriginal, sample, alpha, sigma)
      : predictedNoise(this.type, modelOutput, sample, alpha, sigma);

    const variance = ((1 - alphaBarPrev) / (1 - alphaBar)) * (1 - alphaBar / alphaBarPrev);
    const deviation = this.eta * Math.sqrt(variance);
    const towardsOriginal = [Math.sqrt(alphaBarPrev), predOriginal] as const;
    const alongNoise = [Math.sqrt(1 - alphaBarPrev - deviation ** 2), direction] as const;
    const prevSample =
      this.eta > 0 ? combine(towardsOriginal, alongNoise, [deviation, noise()]) : combine(towardsOriginal, alongNoise);
    return { prevSample, predOriginal };
  }
}
