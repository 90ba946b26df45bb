import { InputError } from '../errors.js';
import { combine } from '../tensor/vector.js';
import { noiseSchedule } from './betas.js';
import { consistencyTimesteps, distilledTimesteps } from './consistency-timesteps.js';
import { predictedNoise, predictedOriginal, predictionType } from './prediction.js';
import type { SamplerOptions, StepResult } from './sampler.js';
import type { PredictionType, SchedulerConfig } from './scheduler-config.js';
import { VariancePreservingSampler } from './variance-preserving.js';

/**
 * Trajectory consistency distillation, Zheng et al. 2024, arXiv:2402.19159, strategic stochastic sampling:
 * every call goes along the trajectory to a timestep below the next, and noise brings it back up. Eta, the paper's
 * gamma, says how far below: 0 stays on the trajectory, 1 goes to the clean sample.
 */
export class TcdSampler extends VariancePreservingSampler {
  readonly timesteps: readonly number[];
  private readonly type: PredictionType;
  private readonly eta: number;

  constructor(config: SchedulerConfig, steps: number, options: SamplerOptions) {
    const schedule = noiseSchedule(config, { betas: [0.00085, 0.012], curve: 'scaled_linear', zeroSnr: 'exact' });
    super(schedule, (config.set_alpha_to_one ?? true) ? 1 : schedule.alphasCumprod[0]);
    const { trainSteps } = schedule;
    const { strength = 1, originalSteps } = options;
    // A run that names its own number of distilled steps chooses among all training timesteps, as the reference does.
    const distilled =
      originalSteps === undefined
        ? distilledTimesteps(trainSteps, config.original_inference_steps ?? 50, strength)
        : Array.from({ length: Math.trunc(trainSteps * strength) }, (_, timestep) => timestep);
    if (originalSteps !== undefined && steps > originalSteps) {
      throw new InputError(`${steps} steps are more than the ${originalSteps} of the model's distilled schedule.`);
    }
    this.timesteps = consistencyTimesteps(distilled, steps, trainSteps, options);
    this.type = predictionType(config);
    this.eta = options.eta ?? 0.3;
    if (!(this.eta >= 0 && this.eta <= 1)) throw new InputError(`Eta of TCD is ${this.eta}; allowed is 0 to 1.`);
  }

  step(modelOutput: Float32Array, sample: Float32Array, callIndex: number, noise: () => Float32Array): StepResult {
    const alphaBar = this.alphaBar(this.timesteps[callIndex]!);
    const next = this.timesteps[callIndex + 1];
    const alphaBarBelow = this.alphaBar(Math.floor((1 - this.eta) * (next ?? 0)));
    const [alpha, sigma] = [Math.sqrt(alphaBar), Math.sqrt(1 - alphaBar)];
    const predOriginal = predictedOriginal(this.type, modelOutput, sample, alpha, sigma);
    const direction = predictedNoise(this.type, modelOutput, sample, alpha, sigma);
    const below = combine([Math.sqrt(alphaBarBelow), predOriginal], [Math.sqrt(1 - alphaBarBelow), direction]);
    if (this.eta === 0 || next === undefined) return { prevSample: below, predOriginal };
    const kept = this.alphaBar(next) / alphaBarBelow;
    return { prevSample: combine([Math.sqrt(kept), below], [Math.sqrt(1 - kept), noise()]), predOriginal };
  }
}
