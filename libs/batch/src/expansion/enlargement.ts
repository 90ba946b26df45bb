/** What of a batch makes pictures larger, or clips of them, resolved. */
import { features, type agentProto } from '@atelier/contracts';
import { fault } from '../document/faults.js';
import type { Batch } from '../schema/batch.js';
import { requirePair } from './pairing.js';
import { known, reference } from './resolve.js';
import type { ResolvedCheckpoint, ResolvedReferences } from './types.js';

const defaults = { strength: 0.7, lanczosScale: 2, count: 16, fps: 8, format: 'webp' } as const;

/** Ways to enlarge that need no model. */
export const isFilter = (name: string): boolean => name === 'latent' || name === 'lanczos';

type Enlargement = Pick<
  agentProto.RenderRequest,
  'hires' | 'upscale' | 'faces' | 'frames' | 'seamless' | 'variation'
> & {
  features: string[];
};

/** Maker of the part of requests that is about size and motion. Throws `invalid_batch` for what does not go together. */
export function enlargementMaker(batch: Batch, resolved: ResolvedReferences) {
  refuseTogether(batch);
  const { hires, upscale, faces, frames, seamless = false, variation } = batch;
  const upscaler = (name: string | undefined) =>
    name === undefined || isFilter(name) ? undefined : known(resolved.upscalers, 'upscaler', name);
  const second = upscaler(hires?.upscaler);
  const enlarger = upscaler(upscale?.model);
  const restorer = faces && known(resolved.faceRestorers, 'restorer of faces', faces.model);
  const detector =
    faces?.detector === undefined ? undefined : known(resolved.faceDetectors, 'detector of faces', faces.detector);
  const motion = frames && known(resolved.motions, 'motion module', frames.motion);

  return (steps: number, checkpoint: ResolvedCheckpoint): Enlargement => {
    if (motion) requirePair(motion, 'motion', checkpoint);
    return {
      hires: hires && {
        scale: hires.scale,
        steps: hires.steps ?? steps,
        strength: hires.strength ?? defaults.strength,
        upscaler: second ? '' : (hires.upscaler ?? 'latent'),
        model: second && reference(second),
      },
      upscale: upscale && {
        model: enlarger && reference(enlarger),
        scale: upscale.scale ?? enlarger?.scale ?? defaults.lanczosScale,
      },
      faces: faces && {
        model: reference(restorer!),
        detector: detector && reference(detector),
        visibility: faces.visibility ?? 1,
      },
      frames: frames && {
        motion: reference(motion!),
        count: frames.count ?? defaults.count,
        fps: frames.fps ?? defaults.fps,
        format: frames.format ?? defaults.format,
      },
      seamless,
      variation,
      features: (['hires', 'upscale', 'faces', 'frames', 'seamless', 'variation'] as const)
        .filter((key) => batch[key])
        .map((key) => features[key]),
    };
  };
}

/** The format of a batch's files. */
export const formatOf = ({ frames, output }: Batch): string =>
  frames ? (frames.format ?? defaults.format) : (output?.format ?? 'png');

function refuseTogether(batch: Batch): void {
  const { matrix, hires, frames, upscale } = batch;
  const has = (key: 'initImage' | 'mask') => batch[key] !== undefined || matrix?.[key] !== undefined;
  if (upscale?.model === 'latent')
    throw fault('upscale.model', 'is latent, which only hires has; lanczos is a filter.');
  if (frames && batch.output?.format) throw fault('output.format', 'is for pictures; frames.format is that of clips.');
  const begins = has('initImage') ? 'initImage' : batch.refiner ? 'refiner' : undefined;
  if (hires && begins) throw fault('hires', `draws a picture twice from noise; it does not go with ${begins}.`);
  const other =
    begins ??
    (batch.control
      ? 'control'
      : batch.ipAdapters
        ? 'ipAdapters'
        : batch.depthMap
          ? 'depthMap'
          : hires
            ? 'hires'
            : undefined);
  if (frames && other) throw fault('frames', `begin from noise and follow their prompt alone, without ${other}.`);
}
