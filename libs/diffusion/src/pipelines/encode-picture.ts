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
 * @param name what the trace calls it
 */
export async function encodePicture(
  model: DiffusionModel,
  { values, width, height }: SourcePicture,
  noise: NoiseSource,
  name: string,
  trace?: Trace,
): Promise<Float32Array> {
  const { latentChannels, pictureChannels, scalingFactor, shiftFactor } = model.vaeConfig;
  const scaled = (latent: number) => Math.fround(latent - shiftFactor) * scalingFactor;
  const encoder = await model.vaeEncoder();
  trace?.(`${name}.in`, values);
  const { moments, latents } = await encoder.run({
    picture: { data: values, shape: [1, pictureChannels, height, width] },
  });
  if (latents) {
    trace?.(`${name}.latents`, latents.data);
    return latents.data.map(scaled);
  }
  const half = moments!.data.length / 2;
  const mean = moments!.data.subarray(0, half);
  const deviation = moments!.data.subarray(half).map((value) => {
    return Math.exp(0.5 * Math.min(Math.max(value, LOG_VARIANCE[0]), LOG_VARIANCE[1]));
  });
  trace?.(`${name}.mean`, mean);
  trace?.(`${name}.std`, deviation);
  const [, , h, w] = moments!.shape;
  const drawn = noise([latentChannels, h!, w!], 'source');
  return drawn.map((value, i) => scaled(Math.fround(mean[i % half]! + Math.fround(deviation[i % half]! * value))));
}
