import { toClipTensor } from '../image/clip-image.js';
import type { Raster } from '../image/raster.js';
import { roundHalfToEven } from '../tensor/rounding.js';

/** How near a picture is to each concept, less the concept's threshold. */
export interface Nearness {
  concepts: ArrayLike<number>;
  special: ArrayLike<number>;
}

/** What a safety checker found. */
export interface Verdict {
  /** Whether the picture shows what it should not. */
  flagged: boolean;
  concepts: number[];
  special: number[];
}

/** What is added to all scores after the first special concept that a picture is near to. */
const STRICTER = Math.fround(0.01);

/**
 * Judges a picture as the reference does: scores have three digits; above 0 a special concept makes the checker stricter
 * from then on, and any other flags the picture.
 */
export function judge({ concepts, special }: Nearness): Verdict {
  let adjustment = 0;
  const score = (nearness: number) =>
    Math.fround(roundHalfToEven(Math.fround(Math.fround(nearness + adjustment) * 1000)) / 1000);
  const specialScores = Array.from(special, (nearness) => {
    const own = score(nearness);
    if (own > 0) adjustment = STRICTER;
    return own;
  });
  const scores = Array.from(concepts, score);
  return { flagged: scores.some((own) => own > 0), concepts: scores, special: specialScores };
}

/** What a safety checker is shown of a picture, [1, 3, size, size]. */
export function checkerInput(picture: Raster, size: number): { data: Float32Array; shape: number[] } {
  return { data: toClipTensor(picture, size), shape: [1, 3, size, size] };
}
