import { sinusoids } from '../networks/sinusoids.js';
import { unetWorkspace } from '../networks/workspace.js';
import { InputError } from '../errors.js';
import type { Values } from '../runtime/session.js';
import { createSampler } from '../samplers/registry.js';
import { combine } from '../tensor/vector.js';
import { encodeWords, type Conditioning } from './conditioning.js';
import { decode } from './decode.js';
import { guide, rescale } from './guidance.js';
import type { DiffusionModel } from './model.js';
import { joined } from './noise.js';
import type { PromptEncoder } from './prompts.js';
import { refuseOtherModels } from './refuse-models.js';
import type { PipelineHooks, Run } from './run.js';
import { walk } from './walk.js';

/** What was drawn. */
export interface ClipDrawing {
  /** [clips, channels, frames, h, w] */
  latents: Float32Array;
  /** The frames of all clips, one clip after the other, [3, height, width] each with values around -1 to 1. */
  frames: Float32Array[];
}

/**
 * Draws clips of prompts with a model that has motion modules: Guo et al. 2023, arXiv:2307.04725. Throws EngineError and
 * InputError.
 *
 * @param run of clips in place of pictures; it begins from noise
 * @param frames of each clip
 */
export async function drawClips(
  model: DiffusionModel,
  encoder: PromptEncoder,
  run: Run,
  frames: number,
  hooks: PipelineHooks = {},
): Promise<ClipDrawing> {
  checkClip(model, run, frames);
  hooks.onProgress?.({ stage: 'encode', step: 0, steps: 1 });
  const guided = run.guidanceScale > 1;
  const text = await encodeWords(model, encoder, run, guided, hooks.trace);

  const clips = run.prompts.length;
  hooks.trace?.('unet.0.encoder_hidden_states', eachFrame(text.context, frames));
  const { latentHeight, latentWidth } = run;
  const shape = [model.vaeConfig.latentChannels, frames, latentHeight, latentWidth];
  const sampler = createSampler(run.scheduler, run.steps, { ...run.samplerOptions, batchSize: clips });
  const workspace = unetWorkspace(model.unetConfig, frames, latentHeight, latentWidth, true);
  const unet = await model.unet({}, workspace);
  const { channels, cosineFirst, frequencyShift } = model.unetConfig.time;
  // Previews are of pictures that stand still.
  const walkHooks = { ...hooks, onPrediction: undefined };
  const latents = await walk(
    combine([sampler.initNoiseSigma, run.noise(shape)]),
    {
      sampler,
      noise: () => run.noise(shape),
      predict: async ({ n, timestep, latents }) => {
        const scaled = sampler.scaleModelInput(latents, n);
        const sample = guided ? joined([scaled, scaled]) : scaled;
        hooks.trace?.(`unet.${n}.sample`, sample);
        const time = { data: sinusoids([timestep], channels, { cosineFirst, frequencyShift }), shape: [1, channels] };
        const rows = [];
        // One clip after the other, without its prompt and with it: memory is that of one.
        for (const [row, own] of rowsOf(sample, shape).entries()) {
          hooks.checkCancelled?.();
          const { out } = await unet.run({ sample: own, time, ...rowOf(text, row) });
          rows.push(out!.data);
        }
        const out = joined(rows);
        hooks.trace?.(`unet.${n}.out`, out);
        return guided ? withGuidance(out, run) : out;
      },
    },
    walkHooks,
  );
  // What it has computed in stays with a loaded network, and decoding needs as much again. Loading it anew takes less than
  // a step.
  await unet.release();
  const pictures = new Array<Run['prompts'][number]>(clips * frames).fill({ text: '' });
  const decoded = await decode(model, { ...run, prompts: pictures }, framesOf(latents, shape), hooks);
  return { latents, frames: decoded };
}

/** Refuses what a model cannot draw clips of. */
function checkClip(model: DiffusionModel, run: Run, frames: number): void {
  const { motion } = model;
  if (!motion) throw new InputError('The model has no motion modules, which clips need.');
  if (!Number.isInteger(frames) || frames < 1 || frames > motion.length) {
    throw new InputError(
      `A clip of ${frames} frames is not possible; the motion modules know places for 1 to ${motion.length}.`,
    );
  }
  if (run.influences?.length || run.start || run.part?.strength !== undefined) {
    throw new InputError('A clip begins from noise and follows its prompt alone: it takes no pictures.');
  }
  refuseOtherModels(model, run);
}

/** Each clip of [clips, ...shape] by itself, [1, ...shape]. */
function rowsOf(sample: Float32Array, shape: readonly number[]): Values[] {
  const size = shape.reduce((product, side) => product * side, 1);
  return Array.from({ length: sample.length / size }, (_, row) => ({
    data: sample.subarray(row * size, (row + 1) * size),
    shape: [1, ...shape],
  }));
}

/** What the U-Net is told of one row. */
function rowOf({ context, added }: Conditioning, row: number): Record<string, Values> {
  const cut = ({ data, shape: [rows = 1, ...rest] }: Values): Values => {
    const size = data.length / rows;
    return { data: data.subarray(row * size, (row + 1) * size), shape: [1, ...rest] };
  };
  return { context: cut(context), ...(added && { added: cut(added) }) };
}

/** What is told of clips, again for each frame: the reference tells its U-Net so. */
function eachFrame({ data, shape: [rows = 1] }: Values, frames: number): Float32Array {
  const size = data.length / rows;
  const row = (i: number) => data.subarray(i * size, (i + 1) * size);
  return joined(Array.from({ length: rows * frames }, (_, i) => row(Math.floor(i / frames))));
}

/** Clips [clips, channels, frames, h, w] as pictures [clips * frames, channels, h, w]. */
function framesOf(latents: Float32Array, [channels = 1, frames = 1, ...sides]: readonly number[]): Float32Array {
  const size = sides.reduce((product, side) => product * side, 1);
  const pictures = new Float32Array(latents.length);
  for (let plane = 0; plane < latents.length / size; plane++) {
    const [clip, channel, frame] = [
      Math.floor(plane / (channels * frames)),
      Math.floor(plane / frames) % channels,
      plane % frames,
    ];
    const to = ((clip * frames + frame) * channels + channel) * size;
    pictures.set(latents.subarray(plane * size, (plane + 1) * size), to);
  }
  return pictures;
}

function withGuidance(both: Float32Array, { guidanceScale, guidanceRescale, prompts }: Run): Float32Array {
  const { guided, withPrompt } = guide(both, guidanceScale);
  return guidanceRescale > 0 ? rescale(guided, withPrompt, guidanceRescale, prompts.length) : guided;
}
