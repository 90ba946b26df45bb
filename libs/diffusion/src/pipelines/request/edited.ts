import { InputError } from '../../errors.js';
import { toSignedTensor } from '../../image/tensor.js';
import { framed } from '../framing.js';
import type { RequestedModel } from '../settings.js';
import type { SourcePicture } from '../start.js';
import type { RenderRequest } from '../types.js';
import { checkNumber } from './checks.js';
import type { RequestedBeginning } from './beginning.js';

/** A picture that is changed as prompts say. */
export interface Edit {
  picture: SourcePicture;
  /** How much the picture outweighs none. */
  scale: number;
}

/** What Brooks et al. 2022, arXiv:2211.09800, take for most pictures. */
const USUAL_SCALE = 1.5;

/** What a request has an editing checkpoint change; undefined where its checkpoint is none. Throws InputError. */
export function editOf(
  request: RenderRequest,
  model: RequestedModel,
  width: number,
  height: number,
): (Edit & { beginning: RequestedBeginning }) | undefined {
  const { initImage, imageGuidance, resize: mode = 'crop' } = request;
  if (model.description.purpose !== 'editing') {
    if (imageGuidance === undefined) return undefined;
    throw new InputError(
      'imageGuidance is for checkpoints that change pictures as prompts say, which this one does not.',
    );
  }
  if (!initImage)
    throw new InputError('This checkpoint changes a picture as prompts say; the request must have initImage.');
  refuseOthers(request);
  const scale = imageGuidance ?? USUAL_SCALE;
  checkNumber('imageGuidance', scale, 0, 100);
  const framing = { width, height, mode };
  const picture = { values: toSignedTensor(framed(initImage, framing)), width, height };
  return { picture, scale, beginning: { framing, influences: [], finish: (drawn) => drawn } };
}

function refuseOthers(request: RenderRequest): void {
  const others = [
    ...(['strength', 'mask', 'depthMap', 'controls', 'imagePrompts', 'refiner', 'frames', 'hires'] as const),
    'guidanceRescale' as const,
  ];
  const other = others.find((key) => {
    const value = request[key];
    return value !== undefined && value !== 0 && !(Array.isArray(value) && value.length === 0);
  });
  if (other)
    throw new InputError(
      `This checkpoint changes the whole of a picture as prompts say; the request cannot have ${other}${other === 'strength' ? '; imageGuidance says how much the picture counts' : ''}.`,
    );
}
