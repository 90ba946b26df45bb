import type { CheckpointDescription } from '../../checkpoint/describe.js';
import { InputError } from '../../errors.js';
import type { Run } from '../run.js';
import type { RenderRequest, SdxlSizes } from '../types.js';
import { checkNumber, checkWhole } from './checks.js';

/** Longest side of a picture, in pixels. */
export const LONGEST_SIDE = 16_384;

/** Width and height that are drawn. Throws InputError. */
export function sizeOf(request: RenderRequest, description: CheckpointDescription): [width: number, height: number] {
  const { sizeMultiple, defaultWidth, defaultHeight } = description;
  const whole = (side: number) => Math.max(side - (side % sizeMultiple), sizeMultiple);
  // A part of a picture is drawn at the size that the checkpoint was made for.
  const model = request.maskedOnly ? undefined : request.initImage;
  const { width = model ? whole(model.width) : defaultWidth } = request;
  const { height = model ? whole(model.height) : defaultHeight } = request;
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1 || side > LONGEST_SIDE || side % description.sizeMultiple !== 0) {
      throw new InputError(
        `The size ${width}x${height} is not possible; both sides must be multiples of ${description.sizeMultiple} up to ${LONGEST_SIDE}.`,
      );
    }
  }
  return [width, height];
}

/** The numbers that SDXL is told of sizes. Throws InputError. */
export function sdxlSizes(
  { sdxl }: RenderRequest,
  { architecture }: CheckpointDescription,
  width: number,
  height: number,
): Pick<Run, 'sizes' | 'negativeSizes'> {
  const isRefiner = architecture === 'sdxl-refiner';
  if (architecture !== 'sdxl' && !isRefiner) {
    if (sdxl) throw new InputError(`Sizes of SDXL mean nothing to this checkpoint, which is of ${architecture}.`);
    return {};
  }
  const numbers = (sizes: SdxlSizes, score: number) => {
    const { originalWidth = width, originalHeight = height, targetWidth = width, targetHeight = height } = sizes;
    const { cropLeft = 0, cropTop = 0, aestheticScore = score } = sizes;
    const known = { originalHeight, originalWidth, cropTop, cropLeft, targetHeight, targetWidth };
    for (const [name, value] of Object.entries(known)) checkWhole(name, value, 0, LONGEST_SIDE);
    checkNumber('aestheticScore', aestheticScore, 0, 10);
    const before = [originalHeight, originalWidth, cropTop, cropLeft];
    return isRefiner ? [...before, aestheticScore] : [...before, targetHeight, targetWidth];
  };
  return { sizes: numbers(sdxl ?? {}, 6), negativeSizes: numbers(sdxl?.negative ?? sdxl ?? {}, 2.5) };
}
