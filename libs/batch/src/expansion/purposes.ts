/** What a checkpoint was made for decides what of a batch it must be given, and what it cannot use. */
import { AtelierError } from '@atelier/contracts';
import type { Batch } from '../schema/batch.js';
import type { TaskSettings } from './layers.js';
import type { Purpose, ResolvedCheckpoint } from './types.js';

type Given = Batch & Pick<TaskSettings, 'initImage' | 'mask' | 'strength' | 'size' | 'guidanceRescale'>;
type Field = keyof Given;

/** What the engine takes where a batch does not say. */
const usual = { imageGuidance: 1.5, noiseLevel: 20 };

interface Rule {
  /** What it does, after "The checkpoint …". */
  what: string;
  needs: readonly Field[];
  /** What cannot be given beside. */
  never: readonly Field[];
}

const wholePicture = ['mask', 'strength', 'control', 'ipAdapters', 'depthMap', 'refiner', 'hires', 'frames'] as const;
const rules: Readonly<Record<Purpose, Rule>> = {
  'text-to-image': {
    what: 'draws what its prompt says',
    needs: [],
    never: ['depthMap', 'imageGuidance', 'noiseLevel'],
  },
  inpainting: {
    what: 'repaints parts of pictures',
    needs: ['initImage', 'mask'],
    never: ['depthMap', 'imageGuidance', 'noiseLevel'],
  },
  depth: { what: 'draws by depth', needs: ['depthMap'], never: ['imageGuidance', 'noiseLevel'] },
  editing: {
    what: 'changes the whole of a picture as prompts say',
    needs: ['initImage'],
    never: [...wholePicture, 'noiseLevel', 'guidanceRescale'],
  },
  upscaling: {
    what: 'draws the whole of a picture again, larger',
    needs: ['initImage'],
    never: [...wholePicture, 'imageGuidance', 'size'],
  },
};

/** The first latent diffusion knows little of what came after it. */
const unknownToFirst: readonly Field[] = [
  ...([...wholePicture, 'vae', 'loras', 'embeddings', 'clipSkip', 'sdxl', 'seamless', 'variation', 'upscale'] as const),
  ...(['negative', 'guidanceRescale', 'imageGuidance', 'noiseLevel'] as const),
];

/** How a checkpoint looks at an init image. */
export interface Look {
  /** Whether it sees the whole of it, and no strength says how much of it is changed. */
  whole: boolean;
  /** Whether it is brought to the size that is drawn. */
  resized: boolean;
  imageGuidance: number | undefined;
  noiseLevel: number | undefined;
}

/**
 * Throws `model_mismatch` where a picture lacks what its checkpoint draws from, or has what that cannot use.
 *
 * @param hasBorder whether something is painted around the init image, which needs no mask
 */
export function requirePurpose(
  batch: Batch,
  settings: TaskSettings,
  checkpoint: ResolvedCheckpoint,
  hasBorder: boolean,
): Look {
  const given: Given = { ...batch, ...settings };
  const isFirst = checkpoint.architecture === 'ldm';
  const purpose = checkpoint.purpose ?? impliedBy(batch);
  if (purpose) {
    const { what, needs, never } = rules[purpose];
    const refuse = (field: Field, must: string) => {
      throw new AtelierError('model_mismatch', `The checkpoint "${checkpoint.name}" ${what}; ${must} ${field}.`, field);
    };
    const missing = needs.find((field) => !isGiven(given[field]) && !(field === 'mask' && hasBorder));
    if (missing) refuse(missing, 'the batch must give it');
    const unused = [...never, ...(isFirst ? unknownToFirst : [])].find((field) => isGiven(given[field]));
    if (unused) refuse(unused, 'it does not go with');
    if (isFirst && purpose === 'text-to-image' && isGiven(given.initImage)) refuse('initImage', 'it does not go with');
  }
  return {
    whole: purpose === 'editing' || purpose === 'upscaling',
    resized: purpose !== 'upscaling',
    imageGuidance: purpose === 'editing' ? (batch.imageGuidance ?? usual.imageGuidance) : undefined,
    noiseLevel: purpose === 'upscaling' && !isFirst ? (batch.noiseLevel ?? usual.noiseLevel) : undefined,
  };
}

/** Throws `model_mismatch` for a refiner that needs more than what another checkpoint has left. */
export function requireRefiner({ name, purpose = 'text-to-image' }: ResolvedCheckpoint): void {
  if (!purpose || purpose === 'text-to-image') return;
  throw new AtelierError(
    'model_mismatch',
    `The refiner "${name}" ${rules[purpose].what}, which refines nothing.`,
    'refiner',
  );
}

/** The purpose of a checkpoint that was resolved when none was known: what the batch asks of it. */
const impliedBy = ({ imageGuidance, noiseLevel }: Batch): Purpose | undefined =>
  imageGuidance !== undefined ? 'editing' : noiseLevel !== undefined ? 'upscaling' : undefined;

const isGiven = (value: unknown) =>
  value !== undefined &&
  value !== 0 &&
  value !== '' &&
  value !== 'auto' &&
  !(Array.isArray(value) && value.length === 0);
