import { encodeWords } from './conditioning.js';
import { decode } from './decode.js';
import { denoise } from './denoise.js';
import type { DiffusionModel } from './model.js';
import type { PromptEncoder } from './prompts.js';
import { refuseOtherModels } from './refuse-models.js';
import type { PipelineHooks, Run } from './run.js';

/** What was drawn. */
export interface Drawing {
  /** [pictures, channels, h, w] */
  latents: Float32Array;
  /** One per picture, [3, height, width], with values around -1 to 1. */
  pictures: Float32Array[];
}

/** Draws pictures of prompts. Throws EngineError and InputError. */
export async function draw(
  model: DiffusionModel,
  encoder: PromptEncoder,
  run: Run,
  hooks: PipelineHooks = {},
): Promise<Drawing> {
  const latents = await drawLatents(model, encoder, run, hooks);
  return { latents, pictures: await decode(model, run, latents, hooks) };
}

/** The latents [pictures, channels, h, w] that a run ends with. Throws EngineError and InputError. */
export async function drawLatents(
  model: DiffusionModel,
  encoder: PromptEncoder,
  run: Run,
  hooks: PipelineHooks = {},
): Promise<Float32Array> {
  refuseOtherModels(model, run);
  hooks.onProgress?.({ stage: 'encode', step: 0, steps: 1 });
  // Models that are told the scale of guidance have it within.
  const guided = run.guidanceScale > 1 && model.unetConfig.time.conditionWidth === null;
  const text = await encodeWords(model, encoder, run, guided, hooks.trace);
  hooks.checkCancelled?.();
  return denoise(model, run, guided, text, hooks);
}
