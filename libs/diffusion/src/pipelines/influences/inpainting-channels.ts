import type { Raster } from '../../image/raster.js';
import type { Influence } from '../influence.js';
import { joined } from '../noise.js';
import { repeatedTo, type SourcePicture } from '../start.js';
import { latentMask } from './latent-mask.js';
import { masked } from './masked-picture.js';

/**
 * Repaints a part of a picture with a checkpoint that was trained for it: its U-Net sees the mask and the latents of what
 * is kept (Rombach et al. 2022, arXiv:2112.10752, section 4.5).
 *
 * @param mask white where `picture` is repainted, of its size
 * @param latentChannels of the VAE
 */
export function inpaintingChannels(picture: SourcePicture, mask: Raster, latentChannels: number): Influence {
  return {
    channels: 1 + latentChannels,
    async prepare({ pictures, shape, encode }) {
      const repainted = latentMask(mask, shape); // [1, h, w]
      const size = latentChannels * repainted.length;
      const kept = repeatedTo(await encode(masked(picture, mask)), pictures, size); // [pictures, latentChannels, h, w]
      const rows = Array.from({ length: pictures }, (_, i) => [repainted, kept.subarray(i * size, (i + 1) * size)]);
      return { channels: joined(rows.flat()) };
    },
  };
}
