import type { Sampler } from '../samplers/sampler.js';
import { roundHalfToEven } from '../tensor/rounding.js';

/** Which part of a walk from noise to picture is gone; all shares are from 0 to 1. */
export interface Part {
  /** Share of the steps that is gone, the last ones: what image to image changes of a picture. @default 1 */
  strength?: number;
  /** Share of the noise levels that another run has gone before; takes the place of `strength`. @default 0 */
  from?: number;
  /** Share of the noise levels after which another run goes on. @default 1 */
  to?: number;
}

/** The calls of a sampler that a part of its walk takes: the first, and the one behind the last. */
export function spanOf(
  { timesteps, order }: Pick<Sampler, 'timesteps' | 'order'>,
  steps: number,
  trainTimesteps: number,
  { strength = 1, from, to }: Part,
): [first: number, end: number] {
  const cutoff = (share: number) => roundHalfToEven(trainTimesteps - share * trainTimesteps);
  const end = to === undefined ? timesteps.length : timesteps.filter((timestep) => timestep >= cutoff(to)).length;
  if (from === undefined) return [(steps - Math.min(Math.floor(steps * strength), steps)) * order, end];
  const left = timesteps.filter((timestep) => timestep < cutoff(from)).length;
  // A step of two calls is not parted between its two.
  const whole = order === 2 && left % 2 === 0 ? left + 1 : left;
  return [timesteps.length - whole, end];
}
