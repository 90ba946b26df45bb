import { CheckpointError } from './checkpoint-error.js';
import type { Checkpoint } from './checkpoint.js';

/** Kinds of checkpoints that the engine does not run, by diffusers' classes of pipelines. */
const REFUSED: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/UnCLIP/i, 'unCLIP, which draws what CLIP sees'],
  [/^(LDM|DiT)Pipeline$/, 'class-conditional latent diffusion, which draws one of a list of things'],
  [/GLIGEN|Layout/i, 'layout-conditional latent diffusion, which draws things in boxes'],
  [/^StableDiffusion3/, 'Stable Diffusion 3'],
  [/^Flux/, 'FLUX'],
  [/^(StableCascade|Wuerstchen)/, 'Stable Cascade'],
  [/^Kandinsky/, 'Kandinsky'],
  [/^PixArt/, 'PixArt'],
];

/** Throws CheckpointError for a checkpoint of a kind that the engine does not run. */
export function refuseOtherPipelines({ path, pipelineClass }: Pick<Checkpoint, 'path' | 'pipelineClass'>): void {
  const refused = REFUSED.find(([pattern]) => pattern.test(pipelineClass));
  if (refused) {
    throw new CheckpointError(
      `${path} is a checkpoint of ${refused[1]} (${pipelineClass}); the engine does not run it.`,
    );
  }
}
