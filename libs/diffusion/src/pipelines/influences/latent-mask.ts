import type { Raster } from '../../image/raster.js';
import { resizeNearestTensor, toMaskTensor } from '../../image/tensor.js';

/** A mask of a size in pixels as latents have it, [1, h, w]: 1 where something is repainted, 0 where not. */
export function latentMask(mask: Raster, shape: readonly number[]): Float32Array {
  const [, height, width] = shape as [number, number, number];
  return resizeNearestTensor(toMaskTensor(mask), mask, { width, height });
}
