import type { CheckpointDescription } from '../../checkpoint/describe.js';
import { InputError } from '../../errors.js';
import { enlarge, smallSource, USUAL_NOISE_LEVEL } from '../enlarge.js';
import type { RequestedModel } from '../settings.js';
import type { SourcePicture } from '../start.js';
import type { RenderRequest } from '../types.js';
import type { RequestedBeginning } from './beginning.js';

/** The picture that a request has drawn again, larger; undefined where its checkpoint is no upscaler. Throws InputError. */
export function smallOf(request: RenderRequest, model: RequestedModel): SourcePicture | undefined {
  const { initImage, mask, controls = [], strength, width, height, noiseLevel } = request;
  if (!model.lowResolutionNoise) {
    if (noiseLevel === undefined) return undefined;
    throw new InputError('noiseLevel is for checkpoints that enlarge pictures, which this one does not.');
  }
  if (!initImage)
    throw new InputError('This checkpoint draws a picture again, larger; the request must have initImage.');
  const others = { mask, controls: controls[0], strength, width, height };
  const other = Object.entries(others).find(([, value]) => value !== undefined);
  if (other)
    throw new InputError(`This checkpoint enlarges the whole of a picture; the request cannot have ${other[0]}.`);
  return smallSource(initImage, model.description.sizeMultiple);
}

/** Width and height that a small picture is drawn in. */
export function largeSize(small: SourcePicture, { sizeMultiple }: CheckpointDescription): [number, number] {
  return [small.width * sizeMultiple, small.height * sizeMultiple];
}

export function enlargedBeginning(
  { noiseLevel = USUAL_NOISE_LEVEL }: RenderRequest,
  model: RequestedModel,
  small: SourcePicture,
  width: number,
  height: number,
): RequestedBeginning {
  const { start, influence } = enlarge(model, small, noiseLevel);
  return { framing: { width, height, mode: 'stretch' }, start, influences: [influence], finish: (drawn) => drawn };
}
