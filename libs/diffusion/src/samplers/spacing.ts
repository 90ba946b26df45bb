import { InputError } from '../errors.js';
import { roundHalfToEven } from '../tensor/rounding.js';
import type { SchedulerConfig } from './scheduler-config.js';

/** `count` evenly spaced values from start to end, both included. */
export function linspace(start: number, end: number, count: number): number[] {
  if (count === 1) return [start];
  const step = (end - start) / (count - 1);
  return Array.from({ length: count }, (_, i) => (i === count - 1 ? end : start + i * step));
}

/**
 * Timesteps of a run, falling (table 2 of Lin et al. 2023, arXiv:2305.08891): `linspace` includes both ends, `leading`
 * counts up from `offset` in whole strides, `trailing` down from the end in real ones. Whole numbers but for linspace.
 */
export function spacedTimesteps(spacing: string, trainSteps: number, steps: number, offset: number): number[] {
  switch (spacing) {
    case 'linspace':
      return linspace(0, trainSteps - 1, steps).reverse();
    case 'leading': {
      const stride = Math.floor(trainSteps / steps);
      return Array.from({ length: steps }, (_, i) => i * stride + offset).reverse();
    }
    case 'trailing':
      return trailingTimesteps(trainSteps, trainSteps / steps);
    default:
      throw unknownSpacing(spacing);
  }
}

/** `spacedTimesteps` rounded to whole ones; refuses those that lie beyond training, which an offset may reach. */
export function wholeTimesteps(config: SchedulerConfig, trainSteps: number, steps: number): number[] {
  checkSteps(steps, trainSteps);
  const { timestep_spacing: spacing = 'leading', steps_offset: offset = 0 } = config;
  const timesteps = spacedTimesteps(spacing, trainSteps, steps, offset).map(roundHalfToEven);
  if (timesteps[0]! >= trainSteps) {
    throw new InputError(
      `${steps} steps with an offset of ${offset} begin at timestep ${timesteps[0]}; the last of training is ${trainSteps - 1}.`,
    );
  }
  return timesteps;
}

/** Timesteps from `start` - 1 down in real strides, rounded to whole numbers. */
export function trailingTimesteps(start: number, stride: number): number[] {
  const count = Math.ceil(start / stride);
  // The stride as it is after one rounding at `start`: decides on which side of a half a timestep falls.
  const step = start - stride - start;
  const timesteps = Array.from({ length: count }, (_, i) => roundHalfToEven(start + i * step) - 1);
  // A rest of rounding may look like one more stride.
  return timesteps.filter((timestep) => timestep >= 0);
}

export function unknownSpacing(spacing: string): InputError {
  return new InputError(
    `Timestep spacing "${spacing}" is not known; allowed are "linspace", "leading" and "trailing".`,
  );
}

/** Refuses a number of steps that is no positive integer or exceeds the training timesteps. */
export function checkSteps(steps: number, trainSteps: number): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > trainSteps) {
    throw new InputError(`${steps} steps are not possible; allowed are whole numbers from 1 to ${trainSteps}.`);
  }
}

/** Refuses own timesteps that do not fall or lie outside the training timesteps. */
export function checkTimesteps(timesteps: readonly number[], trainSteps: number): void {
  const falls = timesteps.every((t, i) => t >= 0 && t < (i === 0 ? trainSteps : timesteps[i - 1]!));
  if (timesteps.length === 0 || !falls) {
    throw new InputError(`Own timesteps must be one or more falling numbers from ${trainSteps - 1} to 0.`);
  }
}
