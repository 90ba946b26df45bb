import type { Raster } from '../image/raster.js';
import type { Influence } from './influence.js';
import { inpaintingChannels } from './influences/inpainting-channels.js';
import { keptSurroundings } from './influences/kept-surroundings.js';
import type { DiffusionModel } from './model.js';
import { fromKeptPicture, fromNoise, fromPicture, type SourcePicture, type Start } from './start.js';

/**
 * How a part of a picture is repainted: by what the U-Net sees where it was trained for that, else by putting back what
 * is kept.
 *
 * @param mask white where `picture` is repainted, of its size
 * @param strength share of the steps that change what is repainted
 */
export function inpaint(
  { description, vaeConfig }: Pick<DiffusionModel, 'description' | 'vaeConfig'>,
  picture: SourcePicture,
  mask: Raster,
  strength: number,
): { start: Start; influence: Influence } {
  if (description.purpose !== 'inpainting') {
    return { start: fromKeptPicture(picture, strength), influence: keptSurroundings(mask, picture) };
  }
  return {
    start: strength === 1 ? fromNoise : fromPicture(picture),
    influence: inpaintingChannels(picture, mask, vaeConfig.latentChannels),
  };
}
