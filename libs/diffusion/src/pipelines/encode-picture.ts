import { encodePixels } from './autoencoder.js';
import type { DiffusionModel } from './model.js';
import type { NoiseSource } from './noise.js';
import type { SourcePicture } from './start.js';
import type { Trace } from './trace.js';

/** Limits of the logarithm of a variance, beyond which it is no number to compute with. */
const LOG_VARIANCE = [-30, 20] as const;

/**
 * The latents of a picture, drawn from what the VAE believes of them, [pictures or 1, channels, h, w]: Kingma and
 * Welling 2013, arXiv:1312.6114. Small autoencoders are sure of them: then nothing is drawn.
 *
 * @param tiled whether the picture is encoded tile by tile
 * @param name what the trace calls it
 */
export async function encodePicture(
  model: DiffusionModel,
  { values, width, height }: SourcePicture,
  noise: NoiseSource,
  tiled: boolean,
  name: string,
  trace?: Trace,
): Promise<Float32Array> {
  const { latentChannels, pictureChannels, scalingFactor, shiftFactor } = model.vaeConfig;
  const scaled = (latent: number) => Math.fround(latent - shiftFactor) * scalingFactor;
  trace?.(`${name}.in`, values);
  const picture = { data: values, channels: pictureChannels, height, width };
  const { data, channels, ...size } = await encodePixels(model, picture, { tiled });
  if (channels === latentChannels) {
    trace?.(`${name}.latents`, data);
    return data.map(scaled);
  }
  const half = data.length / 2;
  const mean = data.subarray(0, half);
  const deviation = data.subarray(half).map((value) => {
    return Math.exp(0.5 * Math.min(Math.max(value, LOG_VARIANCE[0]), LOG_VARIANCE[1]));
  });
  trace?.(`${name}.mean`, mean);
  trace?.(`${name}.std`, deviation);
  const drawn = noise([latentChannels, size.height, size.width], 'source');
  return drawn.map((value, i) => scaled(Math.fround(mean[i % half]! + Math.fround(deviation[i % half]! * value))));
}
