import { combine } from '../tensor/vector.js';
import { noiseSchedule } from './betas.js';
import { consistencyTimesteps, distilledTimesteps } from './consistency-timesteps.js';
import { predictedOriginal, predictionType } from './prediction.js';
import type { SamplerOptions, StepResult } from './sampler.js';
import type { PredictionType, SchedulerConfig } from './scheduler-config.js';
import { originalFilter, type OriginalFilter } from './thresholding.js';
import { VariancePreservingSampler } from './variance-preserving.js';

/** Standard deviation of the data that the boundary condition assumes. */
const SIGMA_DATA = 0.5;

/**
 * Latent consistency models, Luo et al. 2023, arXiv:2310.04378, multistep sampling: every call predicts the clean sample, and
 * fresh noise takes it to the next timestep. The boundary condition is that of Song et al. 2023, arXiv:2303.01469.
 */
export class LcmSampler extends VariancePreservingSampler {
  readonly timesteps: readonly number[];
  private readonly type: PredictionType;
  private readonly filter: OriginalFilter;
  private readonly timestepScaling: number;

  constructor(config: SchedulerConfig, steps: number, options: SamplerOptions) {
    const schedule = noiseSchedule(config, { betas: [0.00085, 0.012], curve: 'scaled_linear', zeroSnr: 'exact' });
    super(schedule, (config.set_alpha_to_one ?? true) ? 1 : schedule.alphasCumprod[0]);
    const { trainSteps } = schedule;
    const originalSteps = options.originalSteps ?? config.original_inference_steps ?? 50;
    const distilled = distilledTimesteps(trainSteps, originalSteps, options.strength ?? 1);
    this.timesteps = consistencyTimesteps(distilled, steps, trainSteps, options);
    this.type = predictionType(config);
    this.filter = originalFilter(config, false, options.batchSize ?? 1);
    this.timestepScaling = config.timestep_scaling ?? 10;
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number, noise: () => Float32Array): StepResult {
    const timestep = this.timesteps[callIndex]!;
    const alphaBar = this.alphaBar(timestep);
    const output = predictedOriginal(this.type, modelOutput, sample, Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar));

    const scaled = timestep * this.timestepScaling;
    const keep = SIGMA_DATA ** 2 / (scaled ** 2 + SIGMA_DATA ** 2);
    const take = scaled / Math.sqrt(scaled ** 2 + SIGMA_DATA ** 2);
    const denoised = combine([take, this.filter(output)], [keep, sample]);

    const next = this.timesteps[callIndex + 1];
    if (next === undefined) return { prevSample: denoised, predOriginal: denoised };
    const alphaBarNext = this.alphaBar(next);
    const prevSample = combine([Math.sqrt(alphaBarNext), denoised], [Math.sqrt(1 - alphaBarNext), noise()]);
    return { prevSample, predOriginal: denoised };
  }
}
