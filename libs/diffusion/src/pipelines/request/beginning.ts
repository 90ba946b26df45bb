import { InputError } from '../../errors.js';
import { gaussianBlur } from '../../image/blur.js';
import { paddedBorder } from '../../image/fit.js';
import { maskedRegion } from '../../image/mask.js';
import { toGray, type Raster } from '../../image/raster.js';
import { toSignedTensor } from '../../image/tensor.js';
import { framed, putBack, type Framing } from '../framing.js';
import type { Influence } from '../influence.js';
import { depth } from '../influences/depth.js';
import { inpaint } from '../inpaint.js';
import type { DiffusionModel } from '../model.js';
import { fromPicture, type Start } from '../start.js';
import type { RenderRequest } from '../types.js';
import { checkNumber, checkWhole } from './checks.js';
import { LONGEST_SIDE } from './sizes.js';

/** What a request's run begins from. */
export interface RequestedBeginning {
  /** How every picture of the request is brought to the size that is drawn. */
  framing: Framing;
  /** Absent where it begins from noise. */
  start?: Start;
  strength?: number;
  influences: Influence[];
  /** White where a picture is repainted, of the size that is drawn; absent where nothing of one is kept. */
  repainted?: Raster;
  /** What is made of a drawn picture. */
  finish(picture: Raster): Raster;
}

/** What of a model decides how a request begins. */
export type BeginningModel = Pick<DiffusionModel, 'description' | 'vaeConfig'>;

const [STRENGTH, STRENGTH_UNDER_MASK] = [0.8, 1];
const LARGEST_BLUR = 1000;

/** Says what the pictures of a request mean for a model. Throws InputError for what does not fit together. */
export function beginningOf(
  request: RenderRequest,
  model: BeginningModel,
  width: number,
  height: number,
): RequestedBeginning {
  refuseWithout(request);
  refuseOtherModel(request, model);
  const { initImage, maskedOnly, resize: mode = 'crop' } = request;
  const mask = maskOf(request);
  const region = mask && maskedOnly && maskedRegion(mask, width, height, maskedOnly.padding);
  const framing: Framing = { width, height, mode, ...(region && { region }) };
  const influences = depthOf(request, framing);
  if (!initImage) return { framing, influences, finish: (picture) => picture };

  const repainted = repaintedPart(initImage, mask, framing);
  const { strength = repainted ? STRENGTH_UNDER_MASK : STRENGTH } = request;
  checkNumber('strength', strength, 0, 1);
  const picture = { values: toSignedTensor(framed(initImage, framing)), width, height };
  if (!repainted) {
    refuseInpaintingModel(model, 'mask');
    return { framing, influences, start: fromPicture(picture), strength, finish: (drawn) => drawn };
  }
  const { start, influence } = inpaint(model, picture, repainted, strength);
  return {
    ...{ framing, start, strength, repainted },
    influences: [...influences, influence],
    finish: (drawn) => (region ? putBack(initImage, drawn, mask, region) : drawn),
  };
}

/** Refuses what says something of a picture that is not there. */
function refuseWithout(request: RenderRequest): void {
  const { initImage, mask, maskBlur, maskedOnly } = request;
  const refuse = (what: string) => {
    throw new InputError(`${what}, and the request has none.`);
  };
  if (!initImage) {
    if (request.strength !== undefined) refuse('strength says how much of an initImage is changed');
    if (mask) refuse('mask says where an initImage is repainted');
  }
  if (!mask) {
    if (maskBlur !== undefined) refuse('maskBlur says how far the edge of a mask is blurred');
    if (maskedOnly) refuse('maskedOnly asks for the part that a mask marks');
  }
  if (initImage && mask && (mask.width !== initImage.width || mask.height !== initImage.height)) {
    throw new InputError(
      `mask has ${mask.width}x${mask.height} pixels and initImage ${initImage.width}x${initImage.height}; both must be of one size.`,
    );
  }
}

/** Refuses a request that does not tell the model what it asks for, or tells it what it does not know. */
function refuseOtherModel({ initImage, depthMap }: RenderRequest, model: BeginningModel): void {
  const drawsByDepth = model.description.purpose === 'depth';
  if (drawsByDepth && !depthMap) {
    throw new InputError('This checkpoint draws by depth; the request must have a depthMap.');
  }
  if (!drawsByDepth && depthMap) {
    throw new InputError('This checkpoint knows nothing of depth; depthMap is for those whose U-Net is shown depth.');
  }
  if (!initImage) refuseInpaintingModel(model, 'initImage and mask');
}

function refuseInpaintingModel(model: BeginningModel, missing: string): void {
  if (model.description.purpose === 'inpainting') {
    throw new InputError(`This checkpoint repaints parts of pictures; the request must have ${missing}.`);
  }
}

/** The mask of a request, blurred, at its own size. */
function maskOf({ mask, maskBlur = 0, maskedOnly }: RenderRequest): Raster | undefined {
  checkNumber('maskBlur', maskBlur, 0, LARGEST_BLUR);
  if (maskedOnly) checkWhole('maskedOnly.padding', maskedOnly.padding, 0, LONGEST_SIDE);
  return mask && gaussianBlur(toGray(mask), maskBlur);
}

/** What is repainted at the size that is drawn: what the mask marks, and what lies around a picture that is fitted in. */
function repaintedPart(initImage: Raster, mask: Raster | undefined, framing: Framing): Raster | undefined {
  const { width, height, mode, region } = framing;
  const border = mode === 'pad' && !region ? paddedBorder(initImage, width, height) : undefined;
  if (!mask) return border;
  const marked = framed(mask, framing);
  return border ? { ...marked, pixels: marked.pixels.map((value, i) => Math.max(value, border.pixels[i]!)) } : marked;
}

function depthOf({ depthMap, initImage }: RenderRequest, framing: Framing): Influence[] {
  if (!depthMap) return [];
  refuseOtherSize('depthMap', depthMap, initImage, framing);
  const { pixels, ...size } = framed(toGray(depthMap), framing);
  return [depth({ values: Float32Array.from(pixels), ...size })];
}

/** A part of a picture is a part of others only where they are of its size. */
export function refuseOtherSize(
  name: string,
  { width, height }: Raster,
  initImage: Raster | undefined,
  { region }: Framing,
): void {
  if (region && initImage && (width !== initImage.width || height !== initImage.height)) {
    throw new InputError(
      `${name} has ${width}x${height} pixels and initImage ${initImage.width}x${initImage.height}; with maskedOnly both must be of one size.`,
    );
  }
}
