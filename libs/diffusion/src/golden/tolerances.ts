/** Upper bounds of a comparison; each that is given must hold. */
export interface Tolerance {
  /** Largest absolute difference of an element. */
  maxAbs?: number;
  /** Length of the difference relative to the length of the reference. */
  relL2?: number;
  /** Largest difference of an element relative to that element. */
  maxRel?: number;
}

/** What the engine must meet against the reference: the one table, that of the goldens' README. */
export const TOLERANCES = {
  /** Token ids, timesteps, VQ indices, time ids, flags; `rand`, `randint` and `randperm`; nearest resize and Canny. */
  exact: { maxAbs: 0 },
  /** Normal random numbers. */
  randomNormals: { maxAbs: 2e-6 },
  /** Timesteps between whole ones, found in float32 logarithms, where a last digit is up to 5e-4 of a timestep. */
  fractionalTimesteps: { maxAbs: 1e-3 },
  sigmas: { maxRel: 2e-6 },
  trajectory: { relL2: 1e-4 },
  /** Euler samplers with zero terminal SNR start at a noise level of 4096 and lose digits there. */
  zeroSnrEulerTrajectory: { relL2: 1e-3 },
  /** Text encoders, VAEs, adapters, a single UNet call. */
  network: { relL2: 1e-5 },
  blockOutput: { relL2: 5e-5 },
  /** A network and its blocks on a graphics card in float32, whose drivers add up in an order of their own. */
  networkOnGpu: { relL2: 1e-4 },
  /** The same in half precision, where sums are rounded as well. */
  networkInHalf: { relL2: 2e-2 },
  /** UNet calls and latents within a pipeline. */
  pipeline: { relL2: 1e-4 },
  pictureFloat: { maxAbs: 1e-3, relL2: 1e-4 },
  pictureUint8: { maxAbs: 1 },
  /** Resizing and blurring of uint8 pictures. */
  imageFilter: { maxAbs: 1 },
  imageFloat: { maxAbs: 1e-6 },
} as const satisfies Record<string, Tolerance>;

/** A tolerance in words, such as `relL2 <= 0.0001`. */
export function describeTolerance(tolerance: Tolerance): string {
  return Object.entries(tolerance)
    .map(([key, limit]) => (limit === 0 ? 'exact' : `${key} <= ${limit}`))
    .join(', ');
}
