import { fit, type FitMode } from '../image/fit.js';
import type { Raster } from '../image/raster.js';
import { toSignedTensor } from '../image/tensor.js';
import type { DiffusionModel } from './model.js';
import { joined, type NoiseSource } from './noise.js';
import type { Trace } from './trace.js';

/** A picture that a run begins from, [3, height, width] with values from -1 to 1. */
export interface SourcePicture {
  values: Float32Array;
  width: number;
  height: number;
}

/** A picture as a VAE takes it, brought to a size. */
export function toSource(picture: Raster, width: number, height: number, mode: FitMode = 'crop'): SourcePicture {
  return { values: toSignedTensor(fit(picture, width, height, mode)), width, height };
}

/** Limits of the logarithm of a variance, beyond which it is no number to compute with. */
const LOG_VARIANCE = [-30, 20] as const;

/**
 * The latents of a picture, drawn from what the VAE believes of them, [pictures or 1, channels, h, w]: Kingma and
 * Welling 2013, arXiv:1312.6114.
 */
export async function encodePicture(
  model: DiffusionModel,
  { values, width, height }: SourcePicture,
  noise: NoiseSource,
  trace?: Trace,
): Promise<Float32Array> {
  const { latentChannels, pictureChannels, scalingFactor, shiftFactor } = model.vaeConfig;
  const encoder = await model.vaeEncoder();
  trace?.('vae_encode.0.in', values);
  const { moments } = await encoder.run({ picture: { data: values, shape: [1, pictureChannels, height, width] } });
  const half = moments!.data.length / 2;
  const mean = moments!.data.subarray(0, half);
  const deviation = moments!.data.subarray(half).map((value) => {
    return Math.exp(0.5 * Math.min(Math.max(value, LOG_VARIANCE[0]), LOG_VARIANCE[1]));
  });
  trace?.('vae_encode.0.mean', mean);
  trace?.('vae_encode.0.std', deviation);
  const { sizeMultiple } = model.description;
  const drawn = noise([latentChannels, height / sizeMultiple, width / sizeMultiple], 'source');
  return drawn.map((value, i) => {
    const latent = Math.fround(mean[i % half]! + Math.fround(deviation[i % half]! * value));
    return Math.fround(latent - shiftFactor) * scalingFactor;
  });
}

/** Latents again and again until they are `size` values: one picture's for all pictures of a run. */
export function repeatedTo(latents: Float32Array, size: number): Float32Array {
  return joined(new Array<Float32Array>(size / latents.length).fill(latents));
}
