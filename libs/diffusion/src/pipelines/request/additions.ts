import { clipFormats } from '../../image/clip-formats.js';
import { InputError } from '../../errors.js';
import type { ModelRequest } from '../model.js';
import type { RenderRequest } from '../types.js';
import { checkNumber, checkWhole } from './checks.js';

const [LARGEST_SCALE, MOST_FRAMES, FASTEST, MAX_SEED] = [8, 1000, 60, 2 ** 32 - 1];

/** The model that a request asks for. */
export function modelRequestOf(request: RenderRequest): ModelRequest {
  const { checkpoint, vae, loras, embeddings, imagePrompts = [], frames, seamless } = request;
  return {
    ...{ checkpoint, ...(vae !== undefined && { vae }), ...(loras && { loras }), ...(embeddings && { embeddings }) },
    ...(imagePrompts.length > 0 && { imageAdapters: imagePrompts.map(({ path }) => path) }),
    ...(frames && { motion: frames.motion }),
    ...(seamless && { seamless }),
  };
}

/** Refuses additions to a drawing that cannot be, or not together. Throws InputError. */
export function checkAdditions(request: RenderRequest): void {
  const { imagePrompts = [], frames, hires, upscale, faces, pictures, noiseLevel } = request;
  for (const { images, scale = 1 } of imagePrompts) {
    if (images.length === 0) throw new InputError('An image prompt needs one picture at least.');
    checkNumber('imagePrompts.scale', scale, 0, 10);
  }
  for (const { variation } of pictures) {
    if (!variation) continue;
    checkWhole('variation.seed', variation.seed, 0, MAX_SEED);
    checkNumber('variation.strength', variation.strength, 0, 1);
  }
  if (upscale?.scale !== undefined) checkScale('upscale.scale', upscale.scale);
  if (noiseLevel !== undefined && !request.initImage) {
    throw new InputError('noiseLevel says how much noise is put on an initImage, and the request has none.');
  }
  if (faces?.visibility !== undefined) checkNumber('faces.visibility', faces.visibility, 0, 1);
  if (frames) checkFrames(request, frames);
  if (hires) checkHires(request, hires);
}

function checkFrames(
  request: RenderRequest,
  { count, fps = 8, format = 'webp' }: NonNullable<RenderRequest['frames']>,
) {
  checkWhole('frames.count', count, 1, MOST_FRAMES);
  checkNumber('frames.fps', fps, 0.1, FASTEST);
  if (!clipFormats.includes(format)) {
    throw new InputError(`frames.format "${String(format)}" is not known; allowed are ${clipFormats.join(', ')}.`);
  }
  refuseTogether('A clip begins from noise and follows its prompt alone', request, [
    ...(['initImage', 'mask', 'depthMap', 'controls', 'refiner', 'imagePrompts', 'hires'] as const),
  ]);
}

function checkHires(request: RenderRequest, { scale, steps, strength }: NonNullable<RenderRequest['hires']>): void {
  checkScale('hires.scale', scale);
  if (steps !== undefined) checkWhole('hires.steps', steps, 1, 1000);
  if (strength !== undefined) checkNumber('hires.strength', strength, 0, 1);
  refuseTogether('hires draws a picture twice from noise', request, ['initImage', 'mask', 'refiner']);
}

function refuseTogether(why: string, request: RenderRequest, others: readonly (keyof RenderRequest)[]): void {
  const other = others.find((key) => {
    const value = request[key];
    return value !== undefined && !(Array.isArray(value) && value.length === 0);
  });
  if (other) throw new InputError(`${why}; the request cannot have ${other} as well.`);
}

function checkScale(name: string, scale: number): void {
  if (!(scale > 1 && scale <= LARGEST_SCALE)) {
    throw new InputError(`${name} ${scale} is not possible; allowed are numbers above 1 to ${LARGEST_SCALE}.`);
  }
}
