/** How far two pictures are apart. */
import type { Picture } from '@atelier/diffusion';

export interface Difference {
  /** Of one channel of one pixel, in levels of 255. */
  largest: number;
  /** Of all channels of all pixels. */
  mean: number;
}

/** Undefined where they differ in size. */
export function differenceOf(a: Picture, b: Picture): Difference | undefined {
  if (a.width !== b.width || a.height !== b.height) return undefined;
  let largest = 0;
  let sum = 0;
  for (let i = 0; i < a.pixels.length; i++) {
    const difference = Math.abs(a.pixels[i]! - b.pixels[i]!);
    if (difference > largest) largest = difference;
    sum += difference;
  }
  return { largest, mean: sum / a.pixels.length };
}
