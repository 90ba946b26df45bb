import { EngineError } from '../runtime/engine-error.js';
import type { Sampler } from '../samplers/sampler.js';
import type { Trace } from './trace.js';
import type { RenderProgress } from './types.js';

/** Where a walk from noise to a picture is. */
export interface WalkStep {
  /** Number of the call in this walk, from 0. */
  n: number;
  /** What the model is told about the noise level. */
  timestep: number;
  latents: Float32Array;
}

export interface Walk {
  sampler: Sampler;
  /** Draws unit noise of the latents' size, for samplers that add some. */
  noise: () => Float32Array;
  /** What the model predicts, after guidance. */
  predict: (step: WalkStep) => Promise<Float32Array>;
}

/** Looks into a walk. */
export interface WalkHooks {
  /** Called between any two networks: throws to end the run. */
  checkCancelled?: () => void;
  onProgress?: (progress: RenderProgress) => void;
  trace?: Trace;
}

/** Walks from noise to the latents of a picture, through all calls of a sampler. Throws EngineError. */
export async function walk(
  latents: Float32Array,
  { sampler, noise, predict }: Walk,
  { checkCancelled, onProgress, trace }: WalkHooks,
): Promise<Float32Array> {
  const steps = sampler.timesteps.length;
  onProgress?.({ stage: 'denoise', step: 0, steps });
  trace?.('latents.initial', latents);
  for (const [n, timestep] of sampler.timesteps.entries()) {
    checkCancelled?.();
    trace?.(`unet.${n}.timestep`, [timestep]);
    const prediction = await predict({ n, timestep, latents });
    trace?.(`step.${n}.model_output`, prediction);
    latents = sampler.step(prediction, latents, n, noise).prevSample;
    trace?.(`step.${n}.prev_sample`, latents);
    onProgress?.({ stage: 'denoise', step: n + 1, steps });
  }
  trace?.('latents.final', latents);
  if (!latents.every(Number.isFinite)) {
    throw new EngineError('corrupt_output', 'the U-Net gave numbers that are no picture (not finite)');
  }
  return latents;
}
