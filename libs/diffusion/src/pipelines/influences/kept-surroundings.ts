import type { Raster } from '../../image/raster.js';
import type { Influence } from '../influence.js';
import { masked } from './masked-picture.js';
import { latentMask } from './latent-mask.js';
import type { SourcePicture } from '../start.js';

/**
 * Repaints a part of a picture with a checkpoint that knows nothing of masks: what is kept is put back after each step
 * with the noise of that step (Lugmayr et al. 2022, arXiv:2201.09865, without its resampling).
 *
 * @param mask white where something is repainted, of the size that is drawn
 * @param picture what the run begins from, where that is a picture
 */
export function keptSurroundings(mask: Raster, picture?: SourcePicture): Influence {
  return {
    async prepare({ sampler, shape, calls, encode }, { clean, noise }) {
      if (!clean || !noise) throw new RangeError('What is kept must be known.');
      const repainted = latentMask(mask, shape); // [1, h, w]
      // Of no use here, but the reference draws random numbers for it that later ones follow.
      if (picture) await encode(masked(picture, mask));
      return {
        after: (latents, { n, call }) => {
          const kept = n < calls - 1 ? sampler.addNoise(clean, noise, call + 1) : clean;
          return latents.map((value, i) => {
            const share = repainted[i % repainted.length]!;
            return (1 - share) * kept[i]! + share * value;
          });
        },
      };
    },
  };
}
