import { InputError } from '../errors.js';
import type { Raster } from '../image/raster.js';
import { toSignedTensor } from '../image/tensor.js';
import { resize } from '../image/resize.js';
import { createSampler } from '../samplers/registry.js';
import type { Influence } from './influence.js';
import type { DiffusionModel } from './model.js';
import { fromNoise, repeatedTo, type SourcePicture, type Start } from './start.js';

/** What draws a small picture again, larger: where the run begins, and what tells its U-Net of the picture. */
export interface Enlargement {
  start: Start;
  influence: Influence;
}

/** Noise level that the small picture is brought to, where nothing is said. */
export const USUAL_NOISE_LEVEL = 20;
const COLOURS = 3;

/** A small picture as upscalers of latents see it, its sides cut to what the autoencoder can have. */
export function smallSource(picture: Raster, multiple: number): SourcePicture {
  const whole = (side: number) => Math.max(side - (side % multiple), multiple);
  const [width, height] = [whole(picture.width), whole(picture.height)];
  return { values: toSignedTensor(resize(picture, width, height, 'bicubic')), width, height };
}

/**
 * Draws a picture again in latents of its own size, which the autoencoder decodes to several times that: the checkpoint's
 * U-Net sees the picture with noise, and is told how much (Rombach et al. 2022, arXiv:2112.10752; stable-diffusion-x4).
 * Throws InputError.
 *
 * @param level how much noise: more lets the U-Net invent more
 */
export function enlarge(
  model: Pick<DiffusionModel, 'unetConfig'> & Partial<Pick<DiffusionModel, 'lowResolutionNoise'>>,
  picture: SourcePicture,
  level: number,
): Enlargement {
  const { lowResolutionNoise, unetConfig } = model;
  if (!lowResolutionNoise || unetConfig.classes === null) {
    throw new InputError('The checkpoint is no upscaler: its U-Net is not told a noise level of the picture.');
  }
  const most = Math.min(unetConfig.classes, lowResolutionNoise.num_train_timesteps ?? 1000) - 1;
  if (!Number.isInteger(level) || level < 0 || level > most) {
    throw new InputError(`The noise level ${level} is not possible; allowed are whole numbers from 0 to ${most}.`);
  }
  const sampler = createSampler(lowResolutionNoise, 1, { timesteps: [level] });
  let noisy: Float32Array = new Float32Array();
  return {
    start: {
      picture,
      begin(context) {
        // The reference draws this noise before that of the latents.
        const noise = context.run.noise([COLOURS, picture.height, picture.width], 'source');
        noisy = sampler.addNoise(
          repeatedTo(picture.values, noise.length / picture.values.length, picture.values.length),
          noise,
          0,
        );
        return fromNoise.begin(context);
      },
    },
    influence: {
      channels: COLOURS,
      tellsNoiseLevel: true,
      prepare: ({ pictures, guided, trace }) => {
        const rows = guided ? 2 * pictures : pictures;
        const level64 = { data: new BigInt64Array(rows).fill(BigInt(level)), shape: [rows] };
        return Promise.resolve({
          channels: repeatedTo(noisy, pictures, picture.values.length),
          inputs: ({ n }) => {
            trace?.(`unet.${n}.class_labels`, new Array<number>(rows).fill(level));
            return Promise.resolve({ class: level64 });
          },
        });
      },
    },
  };
}
