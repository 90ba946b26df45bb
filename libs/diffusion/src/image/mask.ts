import { channelsOf, type Raster } from './raster.js';

/** A rectangle of whole pixels; right and bottom lie outside of it. */
export interface Region {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/**
 * The part of a picture to repaint at full size: what the mask marks, `padding` pixels around it, widened to the
 * proportions of the size that is drawn and moved into the picture.
 */
export function maskedRegion(mask: Raster, width: number, height: number, padding: number): Region {
  const marked = markedRegion(mask);
  const left = Math.max(marked.left - padding, 0);
  const top = Math.max(marked.top - padding, 0);
  const right = Math.min(marked.right + padding, mask.width);
  const bottom = Math.min(marked.bottom + padding, mask.height);
  const proportions = width / height;
  if ((right - left) / (bottom - top) > proportions) {
    const missing = Math.trunc((right - left) / proportions - (bottom - top));
    const [from, to] = widen(top, bottom, missing, mask.height);
    return { left, right, top: from, bottom: to };
  }
  const missing = Math.trunc((bottom - top) * proportions - (right - left));
  const [from, to] = widen(left, right, missing, mask.width);
  return { left: from, right: to, top, bottom };
}

/** Adds `missing` to both ends of a span, then moves it into [0, limit] and cuts what does not fit. */
function widen(from: number, to: number, missing: number, limit: number): [number, number] {
  const before = Math.floor(missing / 2);
  let [low, high] = [from - before, to + missing - before];
  if (high >= limit) [low, high] = [low - (high - limit), limit];
  if (low < 0) [low, high] = [0, high - low];
  return [low, Math.min(high, limit)];
}

/** The smallest rectangle around everything that a mask marks; the whole of a mask that marks nothing. */
function markedRegion({ width, height, pixels }: Raster): Region {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let i = 0; i < pixels.length; i++) {
    if (pixels[i] === 0) continue;
    const [x, y] = [i % width, Math.floor(i / width)];
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + 1);
  }
  return right === 0 ? { left: 0, top: 0, right: width, bottom: height } : { left, top, right, bottom };
}

/** Lays `painted` over `original` where the mask is white, by its shade where it is gray; all of one size. */
export function blend(original: Raster, painted: Raster, mask: Raster): Raster {
  const channels = channelsOf(original);
  const pixels = original.pixels.map((value, i) => {
    const share = mask.pixels[Math.floor(i / channels)]!;
    return Math.round((value * (255 - share) + painted.pixels[i]! * share) / 255);
  });
  return { width: original.width, height: original.height, pixels };
}
