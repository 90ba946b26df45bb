/**
 * The kinds of single-file checkpoints, with what their published configurations say and their tensors do not. diffusers
 * takes the same from the repositories that it names beside each kind.
 */
import type { SchedulerConfig } from '../../samplers/scheduler-config.js';
import type { JsonObject } from '../json.js';
import { CLIP_ENCODERS, type ClipEncoder } from './text-encoder.js';
import { eightHeads, headsOf64, type UnetTraits } from './unet-config.js';

/** A text encoder of a checkpoint, and how its tensors may begin in the file. */
export interface TextEncoderSlot {
  encoder: ClipEncoder;
  prefixes: readonly string[];
}

export interface Kind {
  /** diffusers' class of pipeline. */
  pipelineClass: string;
  /** Settings of the pipeline in `model_index.json`. */
  settings: JsonObject;
  unet: UnetTraits;
  textEncoders: Readonly<Record<string, TextEncoderSlot>>;
  vae: JsonObject;
  scheduler: SchedulerConfig;
}

const noise = {
  beta_start: 0.00085,
  beta_end: 0.012,
  beta_schedule: 'scaled_linear',
  num_train_timesteps: 1000,
  set_alpha_to_one: false,
  clip_sample: false,
  steps_offset: 1,
};
const pndm = { _class_name: 'PNDMScheduler', ...noise, skip_prk_steps: true, prediction_type: 'epsilon' };
const ddim = { _class_name: 'DDIMScheduler', ...noise, prediction_type: 'epsilon' };
const euler = {
  _class_name: 'EulerDiscreteScheduler',
  ...noise,
  interpolation_type: 'linear',
  prediction_type: 'epsilon',
  timestep_spacing: 'leading',
  use_karras_sigmas: false,
};

const firstEncoder = ['cond_stage_model.transformer.', 'cond_stage_model.model.'];
const sgmEncoder = (index: number) => [
  `conditioner.embedders.${index}.transformer.`,
  `conditioner.embedders.${index}.model.`,
];

const sd1: Kind = {
  pipelineClass: 'StableDiffusionPipeline',
  settings: {},
  unet: { heads: eightHeads, sampleSize: 64 },
  textEncoders: { text_encoder: { encoder: CLIP_ENCODERS.l, prefixes: [...firstEncoder, ...sgmEncoder(0)] } },
  vae: { sample_size: 512, scaling_factor: 0.18215 },
  scheduler: pndm,
};
const sd2: Kind = {
  ...sd1,
  unet: { heads: headsOf64, sampleSize: 64 },
  textEncoders: { text_encoder: { encoder: CLIP_ENCODERS.h, prefixes: [...firstEncoder, ...sgmEncoder(0)] } },
  vae: { sample_size: 768, scaling_factor: 0.18215 },
};
const sdxl: Kind = {
  pipelineClass: 'StableDiffusionXLPipeline',
  settings: { force_zeros_for_empty_prompt: true },
  unet: { heads: headsOf64, sampleSize: 128 },
  textEncoders: {
    text_encoder: { encoder: CLIP_ENCODERS.l, prefixes: sgmEncoder(0) },
    text_encoder_2: { encoder: CLIP_ENCODERS.g, prefixes: sgmEncoder(1) },
  },
  vae: { sample_size: 1024, scaling_factor: 0.13025, force_upcast: true },
  scheduler: euler,
};

export const KINDS = {
  sd1,
  'sd1-inpaint': { ...sd1, pipelineClass: 'StableDiffusionInpaintPipeline', scheduler: ddim },
  sd2,
  'sd2-v': {
    ...sd2,
    unet: { heads: headsOf64, sampleSize: 96 },
    scheduler: { ...ddim, prediction_type: 'v_prediction' },
  },
  'sd2-inpaint': { ...sd2, pipelineClass: 'StableDiffusionInpaintPipeline' },
  'sd2-depth': { ...sd2, pipelineClass: 'StableDiffusionDepth2ImgPipeline' },
  sdxl,
  'sdxl-v': { ...sdxl, scheduler: { ...euler, prediction_type: 'v_prediction' } },
  'sdxl-inpaint': { ...sdxl, pipelineClass: 'StableDiffusionXLInpaintPipeline' },
  'sdxl-refiner': {
    ...sdxl,
    pipelineClass: 'StableDiffusionXLImg2ImgPipeline',
    settings: { force_zeros_for_empty_prompt: false, requires_aesthetics_score: true },
    textEncoders: { text_encoder_2: { encoder: CLIP_ENCODERS.g, prefixes: sgmEncoder(0).toReversed() } },
  },
  'sd1-edit': { ...sd1, pipelineClass: 'StableDiffusionInstructPix2PixPipeline', scheduler: euler },
} as const satisfies Record<string, Kind>;

export type KindName = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS) as KindName[];

export function isKindName(name: unknown): name is KindName {
  return typeof name === 'string' && Object.hasOwn(KINDS, name);
}
