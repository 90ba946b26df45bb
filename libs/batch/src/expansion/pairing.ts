/** Which models may stand beside which checkpoint, by the families that they belong to. */
import { AtelierError } from '@atelier/contracts';
import type { ResolvedModel } from './types.js';

const families: Readonly<Record<string, string>> = {
  sd1: 'SD 1',
  sd2: 'SD 2',
  sdxl: 'SDXL',
  'sdxl-refiner': "SDXL's refiner",
};

const words = {
  LoRA: 'LoRA',
  VAE: 'VAE',
  control: 'ControlNet or T2I-Adapter',
  embedding: 'embedding',
  refiner: 'refiner',
  motion: 'motion module',
  ipAdapters: 'IP-Adapter',
} as const;

/**
 * Throws `model_mismatch` where `model` is known to be for another family of checkpoints than `checkpoint`. A family that
 * is not known is left to the engine, which compares tensors.
 */
export function requirePair(model: ResolvedModel, role: keyof typeof words, checkpoint: ResolvedModel): void {
  const [is, must] = [model.architecture, checkpoint.architecture];
  if (!is || !must || is === must) return;
  if (role === 'refiner' && is === 'sdxl-refiner' && must === 'sdxl') return;
  throw new AtelierError(
    'model_mismatch',
    `The ${words[role]} "${model.name}" is for ${families[is] ?? is}, the checkpoint "${checkpoint.name}" is ${families[must] ?? must}.`,
    role === 'LoRA' ? 'loras' : role === 'motion' ? 'frames.motion' : role === 'ipAdapters' ? role : role.toLowerCase(),
  );
}
