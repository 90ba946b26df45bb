import { fit, type FitMode } from '../image/fit.js';
import { blend, type Region } from '../image/mask.js';
import { crop, paste, type Raster } from '../image/raster.js';

/** How pictures are brought to the size that is drawn. */
export interface Framing {
  width: number;
  height: number;
  mode: FitMode;
  /** The part that is drawn, where it is not the whole. */
  region?: Region;
}

/** A picture, a mask or another raster as the drawn picture lies over it. A part is fitted in, whatever the mode. */
export function framed(raster: Raster, { width, height, mode, region }: Framing): Raster {
  if (!region) return fit(raster, width, height, mode);
  const { left, top, right, bottom } = region;
  return fit(crop(raster, left, top, right - left, bottom - top), width, height, 'pad');
}

/** Puts a drawn part back into the picture that it is of: where the mask is white, by its shade where it is gray. */
export function putBack(original: Raster, painted: Raster, mask: Raster, region: Region): Raster {
  const { left, top, right, bottom } = region;
  const whole = { ...original, pixels: original.pixels.slice() };
  paste(whole, fit(painted, right - left, bottom - top, 'crop'), left, top);
  return blend(original, whole, mask);
}
