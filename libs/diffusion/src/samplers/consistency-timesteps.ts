import { InputError } from '../errors.js';
import type { SamplerOptions } from './sampler.js';
import { checkSteps, checkTimesteps } from './spacing.js';

/**
 * Timesteps of a distilled model (Luo et al. 2023, arXiv:2310.04378): evenly chosen from the schedule that it was
 * distilled on, falling.
 *
 * @param distilled that schedule, rising
 */
export function consistencyTimesteps(
  distilled: readonly number[],
  steps: number,
  trainSteps: number,
  { timesteps, strength = 1 }: SamplerOptions,
): number[] {
  if (timesteps) {
    checkTimesteps(timesteps, trainSteps);
    const count = Math.min(Math.trunc(timesteps.length * strength), timesteps.length);
    return timesteps.slice(timesteps.length - count);
  }
  checkSteps(steps, trainSteps);
  if (steps > distilled.length) {
    throw new InputError(
      `${steps} steps are more than the ${distilled.length} of the model's distilled schedule; use fewer steps.`,
    );
  }
  const falling = [...distilled].reverse();
  const stride = falling.length / steps;
  return Array.from({ length: steps }, (_, i) => falling[Math.floor(i * stride)]!);
}

/** The schedule of `originalSteps` even strides over training, of which only the first share `strength` is kept. */
export function distilledTimesteps(trainSteps: number, originalSteps: number, strength: number): number[] {
  if (!Number.isInteger(originalSteps) || originalSteps < 1 || originalSteps > trainSteps) {
    throw new InputError(
      `A distilled schedule of ${originalSteps} steps is not possible; allowed are whole numbers from 1 to ${trainSteps}.`,
    );
  }
  const stride = Math.floor(trainSteps / originalSteps);
  return Array.from({ length: Math.trunc(originalSteps * strength) }, (_, i) => (i + 1) * stride - 1);
}
