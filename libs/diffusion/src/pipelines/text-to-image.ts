import { guidanceSinusoids, sinusoids } from '../networks/sinusoids.js';
import { InputError } from '../errors.js';
import { EngineError } from '../runtime/engine-error.js';
import { createSampler } from '../samplers/registry.js';
import type { Sampler, SamplerOptions } from '../samplers/sampler.js';
import type { SchedulerConfig } from '../samplers/scheduler-config.js';
import { combine } from '../tensor/vector.js';
import { encodeWords, widthOf, type Conditioning, type Words } from './conditioning.js';
import { guide, rescale } from './guidance.js';
import type { DiffusionModel } from './model.js';
import { joined, type NoiseSource } from './noise.js';
import type { PromptEncoder } from './prompts.js';
import { spanOf, type Part } from './span.js';
import { encodePicture, repeatedTo, type SourcePicture } from './start.js';
import type { Trace } from './trace.js';
import type { RenderProgress } from './types.js';

/** A run of the pipeline with everything decided. */
export interface TextToImage extends Words {
  /** Size in latents. */
  latentHeight: number;
  latentWidth: number;
  scheduler: SchedulerConfig;
  steps: number;
  samplerOptions: SamplerOptions;
  /** How much the prompts outweigh the negative prompts; up to 1 these have no effect. */
  guidanceScale: number;
  guidanceRescale: number;
  noise: NoiseSource;
  /** What it begins from: a picture, or latents that another run left, [pictures, channels, h, w]. @default noise */
  start?: SourcePicture | Float32Array;
  /** @default all of the walk */
  part?: Part;
}

/** Numbers that SDXL is told of a picture: four of its original size and its crop, then two of its size or one score. */
const SIZES = [6, 5];

/** Looks into a run. */
export interface PipelineHooks {
  /** Called between any two networks: throws to end the run. */
  checkCancelled?: () => void;
  onProgress?: (progress: RenderProgress) => void;
  /** The latents [pictures, channels, h, w] that a step believes to lie under the noise. */
  onPrediction?: (latents: Float32Array) => Promise<void>;
  trace?: Trace;
}

/** What was drawn. */
export interface Drawing {
  /** [pictures, channels, h, w] */
  latents: Float32Array;
  /** One per picture, [3, height, width], with values around -1 to 1. */
  pictures: Float32Array[];
}

/** Draws pictures of prompts. Throws EngineError and InputError. */
export async function textToImage(
  model: DiffusionModel,
  encoder: PromptEncoder,
  run: TextToImage,
  hooks: PipelineHooks = {},
): Promise<Drawing> {
  refuseOtherModels(model);
  hooks.onProgress?.({ stage: 'encode', step: 0, steps: 1 });
  const guided = run.guidanceScale > 1 && model.unetConfig.time.conditionWidth === null;
  const text = await encodeWords(model, encoder, run, guided, hooks.trace);
  hooks.checkCancelled?.();

  const latents = await denoise(model, run, guided, text, hooks);
  hooks.trace?.('latents.final', latents);
  if (!latents.every(Number.isFinite)) {
    throw new EngineError('corrupt_output', 'the U-Net gave numbers that are no picture (not finite)');
  }
  return { latents, pictures: await decode(model, run, latents, hooks) };
}

async function denoise(
  model: DiffusionModel,
  run: TextToImage,
  guided: boolean,
  { context, added }: Conditioning,
  { checkCancelled, onProgress, onPrediction, trace }: PipelineHooks,
): Promise<Float32Array> {
  const { channels, cosineFirst, frequencyShift, conditionWidth } = model.unetConfig.time;
  const pictures = run.prompts.length;
  const shape = [model.vaeConfig.latentChannels, run.latentHeight, run.latentWidth];
  const rows = guided ? 2 * pictures : pictures;
  const condition = conditionWidth !== null && repeated(guidanceSinusoids(run.guidanceScale, conditionWidth), rows);

  // Models distilled with a guidance embedding spread all steps over the part of the walk that is left.
  const spread = conditionWidth !== null && run.part?.strength !== undefined;
  const sampler = createSampler(run.scheduler, run.steps, {
    ...run.samplerOptions,
    ...(spread && { strength: run.part!.strength }),
    batchSize: pictures,
  });
  const trainTimesteps = run.scheduler.num_train_timesteps ?? 1000;
  const [first, end] = spanOf(sampler, run.steps, trainTimesteps, spread ? {} : (run.part ?? {}));
  if (end <= first)
    throw new InputError('The part of the walk that the request leaves has no step; it needs more steps.');
  const calls = end - first;
  onProgress?.({ stage: 'denoise', step: 0, steps: calls });
  sampler.setBeginIndex(first);
  let latents = await begin(model, run, shape, sampler, first, trace);
  trace?.('latents.initial', latents);
  const unet = await model.unet();

  for (let call = first; call < end; call++) {
    checkCancelled?.();
    const n = call - first;
    const timestep = sampler.timesteps[call]!;
    const scaled = sampler.scaleModelInput(latents, call);
    const sample = guided ? joined([scaled, scaled]) : scaled;
    trace?.(`unet.${n}.timestep`, [timestep]);
    trace?.(`unet.${n}.sample`, sample);
    if (condition) trace?.(`unet.${n}.timestep_cond`, condition);
    const { out } = await unet.run({
      sample: { data: sample, shape: [rows, ...shape] },
      time: { data: sinusoids([timestep], channels, { cosineFirst, frequencyShift }), shape: [1, channels] },
      context,
      ...(added && { added }),
      ...(condition && { condition: { data: condition, shape: [rows, conditionWidth] } }),
    });
    trace?.(`unet.${n}.out`, out!.data);
    const prediction = guided ? withGuidance(out!.data, run) : out!.data;
    trace?.(`step.${n}.model_output`, prediction);
    const { prevSample, predOriginal } = sampler.step(prediction, latents, call, () => run.noise(shape));
    latents = prevSample;
    trace?.(`step.${n}.prev_sample`, latents);
    onProgress?.({ stage: 'denoise', step: n + 1, steps: calls });
    await onPrediction?.(predOriginal ?? latents);
  }
  return latents;
}

/** The latents that a walk begins with, [pictures, ...shape]. */
async function begin(
  model: DiffusionModel,
  { start, part, noise, prompts }: TextToImage,
  shape: readonly number[],
  sampler: Sampler,
  first: number,
  trace?: Trace,
): Promise<Float32Array> {
  if (!start) return combine([sampler.initNoiseSigma, noise(shape)]);
  const size = shape.reduce((product, side) => product * side, prompts.length);
  const source = start instanceof Float32Array ? start : await encodePicture(model, start, noise, trace);
  const latents = repeatedTo(source, size);
  // What another run left has the noise of its last step.
  return part?.from === undefined ? sampler.addNoise(latents, noise(shape), first) : latents;
}

function withGuidance(both: Float32Array, { guidanceScale, guidanceRescale, prompts }: TextToImage): Float32Array {
  const { guided, withPrompt } = guide(both, guidanceScale);
  return guidanceRescale > 0 ? rescale(guided, withPrompt, guidanceRescale, prompts.length) : guided;
}

/** Decodes one picture after the other: a batch would take memory, not less time. */
async function decode(
  model: DiffusionModel,
  { latentHeight, latentWidth, prompts }: TextToImage,
  latents: Float32Array,
  { checkCancelled, onProgress, trace }: PipelineHooks,
): Promise<Float32Array[]> {
  const { latentChannels, scalingFactor, shiftFactor } = model.vaeConfig;
  onProgress?.({ stage: 'decode', step: 0, steps: prompts.length });
  const data = latents.map((value) => value / scalingFactor + shiftFactor);
  trace?.('vae_decode.0.in', data);
  const decoder = await model.vaeDecoder();
  const size = data.length / prompts.length;
  const pictures = [];
  for (let i = 0; i < prompts.length; i++) {
    checkCancelled?.();
    const own = {
      data: data.subarray(i * size, (i + 1) * size),
      shape: [1, latentChannels, latentHeight, latentWidth],
    };
    const { picture } = await decoder.run({ latents: own });
    if (!picture!.data.every(Number.isFinite)) {
      throw new EngineError('corrupt_output', 'the VAE gave numbers that are no picture (not finite)');
    }
    pictures.push(picture!.data);
    onProgress?.({ stage: 'decode', step: i + 1, steps: prompts.length });
  }
  trace?.('vae_decode.0.out', joined(pictures));
  return pictures;
}

function repeated(row: Float32Array, times: number): Float32Array {
  return joined(new Array<Float32Array>(times).fill(row));
}

/** Refuses checkpoints whose U-Net asks for more than latents and text. */
function refuseOtherModels(model: DiffusionModel): void {
  const { unetConfig, vaeConfig, textEncoders } = model;
  const { inChannels, classes, added, levels } = unetConfig;
  const refuse = (what: string) => {
    throw new EngineError('unsupported', `the engine cannot draw text to image with this checkpoint: ${what}`);
  };
  const pooled = textEncoders.at(-1)!.config.projectionWidth;
  if (added !== null && pooled === null) refuse('its text encoder has no projection, which the U-Net is told');
  if (classes !== null) refuse('its U-Net is told a noise level, as in upscalers');
  if (inChannels !== vaeConfig.latentChannels) {
    refuse(`its U-Net takes ${inChannels} channels where the VAE has ${vaeConfig.latentChannels}, as for inpainting`);
  }
  const { contextWidth } = levels[0]!.attention;
  if (contextWidth !== widthOf(model)) {
    refuse(`its U-Net is told vectors of ${contextWidth} values, and its text encoders give ${widthOf(model)}`);
  }
  if (added !== null && !SIZES.includes(model.sizesTold)) {
    refuse(`its U-Net is told ${model.sizesTold} sizes of a picture, where SDXL is told ${SIZES.join(' or ')}`);
  }
}
