import { EngineError } from '../runtime/engine-error.js';
import type { Sampler } from '../samplers/sampler.js';
import type { PipelineHooks } from './run.js';

/** Where a walk from noise to a picture is. */
export interface WalkStep {
  /** Number of the call in this walk, from 0. */
  n: number;
  /** Index among the calls of the sampler. */
  call: number;
  /** What the model is told about the noise level. */
  timestep: number;
  latents: Float32Array;
}

export interface Walk {
  sampler: Sampler;
  /** Index of the first call of the sampler. @default 0 */
  first?: number;
  /** Number of calls. @default all */
  calls?: number;
  /** Draws unit noise of the latents' size, for samplers that add some. */
  noise: () => Float32Array;
  /** What the model predicts, after guidance. */
  predict: (step: WalkStep) => Promise<Float32Array>;
  /** What becomes of the latents that a step gives. @default they stay */
  after?: (latents: Float32Array, step: WalkStep) => Float32Array;
}

/** Walks from noise to the latents of pictures, through calls of a sampler. Throws EngineError. */
export async function walk(
  latents: Float32Array,
  { sampler, first = 0, calls = sampler.timesteps.length, noise, predict, after }: Walk,
  { checkCancelled, onProgress, onPrediction, trace }: PipelineHooks,
): Promise<Float32Array> {
  onProgress?.({ stage: 'denoise', step: 0, steps: calls });
  trace?.('latents.initial', latents);
  for (let n = 0; n < calls; n++) {
    checkCancelled?.();
    const call = first + n;
    const timestep = sampler.timesteps[call]!;
    trace?.(`unet.${n}.timestep`, [timestep]);
    const step = { n, call, timestep, latents };
    const prediction = await predict(step);
    trace?.(`step.${n}.model_output`, prediction);
    const { prevSample, predOriginal } = sampler.step(prediction, latents, call, noise);
    trace?.(`step.${n}.prev_sample`, prevSample);
    trace?.('latents.final', prevSample);
    latents = after?.(prevSample, step) ?? prevSample;
    onProgress?.({ stage: 'denoise', step: n + 1, steps: calls });
    await onPrediction?.(predOriginal ?? latents);
  }
  if (!latents.every(Number.isFinite)) {
    throw new EngineError('corrupt_output', 'the U-Net gave numbers that are no picture (not finite)');
  }
  return latents;
}
