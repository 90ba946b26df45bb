import { InputError } from '../errors.js';
import { betaQuantile } from './beta-quantile.js';
import type { NoiseSchedule } from './betas.js';
import type { SchedulerConfig } from './scheduler-config.js';
import { linspace } from './spacing.js';

/** The noise levels of training, sigma = sqrt((1 - alphaBar) / alphaBar), which rise with the timestep. */
export class TrainingSigmas {
  readonly values: Float32Array;
  private readonly logs: Float32Array;

  constructor({ alphasCumprod }: NoiseSchedule) {
    const { fround } = Math;
    this.values = alphasCumprod.map((alphaBar) => Math.sqrt(fround(fround(1 - alphaBar) / alphaBar)));
    this.logs = this.values.map(Math.log);
  }

  get min(): number {
    return this.values[0]!;
  }

  get max(): number {
    return this.values[this.values.length - 1]!;
  }

  /** The noise level at a timestep, interpolated between whole ones. */
  at(timestep: number): number {
    const { values } = this;
    const below = Math.min(Math.max(Math.floor(timestep), 0), values.length - 1);
    const low = values[below]!;
    const high = values[Math.min(below + 1, values.length - 1)]!;
    return low + (high - low) * Math.max(timestep - below, 0);
  }

  /** The timestep of a noise level, interpolated in the logarithm and held within the training timesteps. */
  timestepOf(sigma: number): number {
    const { logs } = this;
    const log = Math.log(Math.max(sigma, 1e-10));
    const above = logs.findIndex((trained) => trained > log);
    const below = Math.min(Math.max((above < 0 ? logs.length : above) - 1, 0), logs.length - 2);
    const [low, high] = [logs[below]!, logs[below + 1]!];
    const weight = Math.min(Math.max((low - log) / Math.fround(low - high), 0), 1);
    return (1 - weight) * below + weight * (below + 1);
  }
}

/**
 * Noise levels from `max` down to `min` on the schedule that a configuration asks for instead of training's; undefined
 * where it asks for none.
 */
export function respacedSigmas(config: SchedulerConfig, steps: number, max: number, min: number): number[] | undefined {
  const { use_karras_sigmas: karras, use_exponential_sigmas: exponential, use_beta_sigmas: beta } = config;
  if ([karras, exponential, beta].filter(Boolean).length > 1) {
    throw new InputError(
      'Only one of use_karras_sigmas, use_exponential_sigmas and use_beta_sigmas can be set in a scheduler configuration.',
    );
  }
  const top = config.sigma_max ?? max;
  const bottom = config.sigma_min ?? min;
  if (karras) return karrasSigmas(top, bottom, steps);
  if (exponential) return linspace(Math.log(top), Math.log(bottom), steps).map(Math.exp);
  if (beta) return betaSigmas(top, bottom, steps);
  return undefined;
}

/** Karras et al. 2022, arXiv:2206.00364, formula (5) with rho = 7: denser towards low noise. */
export function karrasSigmas(max: number, min: number, steps: number): number[] {
  const rho = 7;
  const [from, to] = [max ** (1 / rho), min ** (1 / rho)];
  return linspace(0, 1, steps).map((share) => (from + share * (to - from)) ** rho);
}

/** Lee et al. 2024, arXiv:2407.12173: quantiles of the beta distribution with both parameters 0.6. */
export function betaSigmas(max: number, min: number, steps: number): number[] {
  return linspace(0, 1, steps).map((share) => min + betaQuantile(1 - share, 0.6, 0.6) * (max - min));
}
