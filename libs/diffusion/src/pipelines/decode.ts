import { EngineError } from '../runtime/engine-error.js';
import { decodeLatents } from './autoencoder.js';
import type { DiffusionModel } from './model.js';
import { joined } from './noise.js';
import type { PipelineHooks, Run } from './run.js';

/**
 * The pictures that latents [pictures, channels, h, w] stand for, [3, height, width] each with values around -1 to 1. One
 * is decoded after the other: a batch would take memory, not less time. Throws EngineError.
 */
export async function decode(
  model: DiffusionModel,
  { latentHeight, latentWidth, prompts, vaeTiling = false }: Run,
  latents: Float32Array,
  { checkCancelled, onProgress, trace }: PipelineHooks,
): Promise<Float32Array[]> {
  const { latentChannels, scalingFactor, shiftFactor } = model.vaeConfig;
  onProgress?.({ stage: 'decode', step: 0, steps: prompts.length });
  const data = latents.map((value) => value / scalingFactor + shiftFactor);
  trace?.('vae_decode.0.in', data);
  const size = data.length / prompts.length;
  const pictures = [];
  for (let i = 0; i < prompts.length; i++) {
    checkCancelled?.();
    const own = {
      data: data.subarray(i * size, (i + 1) * size),
      channels: latentChannels,
      height: latentHeight,
      width: latentWidth,
    };
    const picture = await decodeLatents(model, own, { tiled: vaeTiling, checkCancelled });
    if (!picture.data.every(Number.isFinite)) {
      throw new EngineError('corrupt_output', 'the VAE gave numbers that are no picture (not finite)');
    }
    pictures.push(picture.data);
    onProgress?.({ stage: 'decode', step: i + 1, steps: prompts.length });
  }
  trace?.('vae_decode.0.out', joined(pictures));
  return pictures;
}
