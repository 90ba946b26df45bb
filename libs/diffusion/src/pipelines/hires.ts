import { resizeBilinearTensor } from '../image/bilinear-tensor.js';
import type { Raster } from '../image/raster.js';
import { toSource, fromPicture, type Start } from './start.js';
import type { Run } from './run.js';
import type { HiresRequest, RenderRequest } from './types.js';
import { enlargeTo, type EnlargeOptions, type Upscaler } from './upscaler.js';

const STRENGTH = 0.7;

/** A picture as it was drawn first. */
export interface FirstDrawing {
  /** [channels, h, w] */
  latents: Float32Array;
  picture: Raster;
}

/** The size of the second drawing, in pixels: whole latents. */
export function hiresSize(
  { scale }: HiresRequest,
  { width, height }: { width: number; height: number },
  multiple: number,
): { width: number; height: number } {
  const larger = (side: number) => Math.round((side * scale) / multiple) * multiple;
  return { width: larger(width), height: larger(height) };
}

/** What is asked of the second drawing of one picture. */
export function secondRequest(
  request: RenderRequest,
  hires: HiresRequest,
  picture: number,
  size: { width: number; height: number },
): RenderRequest {
  return {
    ...request,
    hires: undefined,
    ...size,
    steps: hires.steps ?? request.steps,
    pictures: [request.pictures[picture]!],
  };
}

/**
 * The run of the second drawing of a picture: from the first one enlarged, in latents or in pixels, with new noise of its
 * seed (AUTOMATIC1111's "hires. fix").
 *
 * @param run at the larger size, from noise
 */
export async function secondRun(
  { upscaler: how = 'latent', strength = STRENGTH }: HiresRequest,
  { latents, picture }: FirstDrawing,
  first: Run,
  run: Run,
  size: { width: number; height: number },
  upscaler: Upscaler | undefined,
  options: EnlargeOptions,
): Promise<Run> {
  if (how === 'latent') {
    const from = { width: first.latentWidth, height: first.latentHeight };
    const to = { width: run.latentWidth, height: run.latentHeight };
    return { ...run, start: fromEnlarged(resizeBilinearTensor(latents, from, to)), part: { strength } };
  }
  const larger = await enlargeTo(picture, [size.width, size.height], upscaler, options);
  return { ...run, start: fromPicture(toSource(larger, size.width, size.height, 'stretch')), part: { strength } };
}

/** Begins from the latents of one picture, with noise. */
function fromEnlarged(clean: Float32Array): Start {
  return {
    begin({ run, shape, sampler, first }) {
      const noise = run.noise(shape);
      return Promise.resolve({ latents: sampler.addNoise(clean, noise, first), clean, noise });
    },
  };
}
