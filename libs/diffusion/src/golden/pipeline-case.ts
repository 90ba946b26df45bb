/** The words of golden cases of whole pipelines: diffusers' classes and the parameters of their calls. */
import { InputError } from '../errors.js';
import type { SchedulerConfig } from '../samplers/scheduler-config.js';

export interface PipelineCase {
  pipeline_class?: string;
  model: string;
  scheduler: SchedulerConfig;
  /** One generator for all pictures, or one for each. */
  seed: number | number[];
  call: PipelineCall;
  loras?: { file: string; weight: number }[];
  embeddings?: { file: string; token: string }[];
  /** An autoencoder in place of the model's own. */
  vae?: string;
  controlnets?: string[];
  adapter?: string;
  ip_adapter?: string;
  ip_adapter_scale?: number;
  image_encoder?: string;
  motion_adapter?: string;
  /** Tensors that are those of another case: `CASE:TENSOR`. */
  same_as?: Record<string, string>;
}

export interface PictureFile {
  png: string;
}

export interface PipelineCall {
  prompt: string | string[];
  prompt_2?: string | string[];
  negative_prompt?: string | string[] | null;
  negative_prompt_2?: string | string[];
  original_size?: [height: number, width: number];
  crops_coords_top_left?: [top: number, left: number];
  target_size?: [height: number, width: number];
  negative_original_size?: [height: number, width: number];
  negative_crops_coords_top_left?: [top: number, left: number];
  negative_target_size?: [height: number, width: number];
  timesteps?: number[];
  num_images_per_prompt?: number;
  num_inference_steps?: number;
  original_inference_steps?: number;
  guidance_scale?: number;
  guidance_rescale?: number;
  eta?: number;
  clip_skip?: number;
  height?: number;
  width?: number;
  /** What is begun from; of pipelines that only follow pictures, what is followed. */
  image?: PictureFile | { tensor: string } | PictureFile[];
  strength?: number;
  mask_image?: PictureFile;
  padding_mask_crop?: number;
  depth_map?: { tensor: string };
  control_image?: PictureFile | PictureFile[];
  controlnet_conditioning_scale?: number | number[];
  control_guidance_start?: number | number[];
  control_guidance_end?: number | number[];
  guess_mode?: boolean;
  adapter_conditioning_scale?: number | number[];
  adapter_conditioning_factor?: number;
  ip_adapter_image?: PictureFile;
  /** Of upscalers: how much noise is put on the picture. */
  noise_level?: number;
  /** Of clips. */
  num_frames?: number;
  aesthetic_score?: number;
  negative_aesthetic_score?: number;
  denoising_start?: number;
  denoising_end?: number;
  output_type: string;
}

/** What a class of pipelines does where a call does not say. */
interface PipelineDefaults {
  /** Of those that begin from a picture. */
  strength?: number;
  /** Of those that follow pictures. */
  scale?: number;
  /** @default 7.5 */
  guidance?: number;
  /** @default 50 */
  steps?: number;
}

const PIPELINES: Record<string, PipelineDefaults> = {
  StableDiffusionPipeline: {},
  StableDiffusionImg2ImgPipeline: { strength: 0.8 },
  StableDiffusionInpaintPipeline: { strength: 1 },
  StableDiffusionDepth2ImgPipeline: { strength: 0.8 },
  StableDiffusionControlNetPipeline: { scale: 1 },
  StableDiffusionControlNetImg2ImgPipeline: { strength: 0.8, scale: 0.8 },
  StableDiffusionControlNetInpaintPipeline: { strength: 1, scale: 0.5 },
  StableDiffusionAdapterPipeline: { scale: 1 },
  StableDiffusionUpscalePipeline: { guidance: 9, steps: 75 },
  StableDiffusionXLPipeline: { guidance: 5 },
  StableDiffusionXLImg2ImgPipeline: { strength: 0.3, guidance: 5 },
  StableDiffusionXLInpaintPipeline: { strength: 0.9999 },
  StableDiffusionXLControlNetPipeline: { scale: 1, guidance: 5 },
  StableDiffusionXLControlNetImg2ImgPipeline: { strength: 0.8, scale: 0.8, guidance: 5 },
  StableDiffusionXLControlNetInpaintPipeline: { strength: 0.9999, scale: 1, guidance: 5 },
  StableDiffusionXLAdapterPipeline: { scale: 1, guidance: 5 },
  AnimateDiffPipeline: {},
  LatentConsistencyModelPipeline: { guidance: 8.5, steps: 4 },
  LatentConsistencyModelImg2ImgPipeline: { strength: 0.8, guidance: 8.5, steps: 4 },
};

/** Parts of a case that say how it was made, or that the engine can follow; with any other it cannot be run. */
const KNOWN_KEYS = new Set([
  ...['family', 'case', 'pipeline_class', 'model', 'scheduler', 'seed', 'call', 'loras', 'same_as'],
  ...['vae', 'controlnets', 'adapter', 'ip_adapter', 'ip_adapter_scale', 'image_encoder', 'motion_adapter'],
  ...['model_evaluations', 'random_draws', 'timesteps_used', 'images', 'slim', 'unet.encoder_hidden_states'],
  ...['float32_vs_float64', 'manual_merge_check', 'global_seed'],
  ...['embeddings', 'expanded_prompt', 'added_token_ids'],
]);
const RECORDED_OF_CONTROLNETS = /^controlnet\d+\.(conditioning_scale|guess_mode)$/;
const KNOWN_PARAMETERS = new Set([
  ...['prompt', 'negative_prompt', 'num_images_per_prompt', 'num_inference_steps', 'original_inference_steps'],
  ...['prompt_2', 'negative_prompt_2', 'original_size', 'crops_coords_top_left', 'target_size', 'timesteps'],
  ...['image', 'strength', 'aesthetic_score', 'negative_aesthetic_score', 'denoising_start', 'denoising_end'],
  ...['negative_original_size', 'negative_crops_coords_top_left', 'negative_target_size'],
  ...['guidance_scale', 'guidance_rescale', 'eta', 'clip_skip', 'height', 'width', 'output_type'],
  ...['mask_image', 'padding_mask_crop', 'depth_map', 'control_image', 'controlnet_conditioning_scale', 'guess_mode'],
  ...['ip_adapter_image', 'noise_level', 'num_frames'],
  ...['control_guidance_start', 'control_guidance_end', 'adapter_conditioning_scale', 'adapter_conditioning_factor'],
]);

/** Throws InputError for a case that asks for what the engine cannot follow. */
export function refuseUnknown(golden: PipelineCase): void {
  if (!PIPELINES[golden.pipeline_class ?? '']) {
    throw new InputError(`The engine has no pipeline ${golden.pipeline_class ?? 'for this case'}.`);
  }
  const unknown = [
    ...Object.keys(golden).filter((key) => !KNOWN_KEYS.has(key) && !RECORDED_OF_CONTROLNETS.test(key)),
    ...Object.keys(golden.call).filter((key) => !KNOWN_PARAMETERS.has(key)),
  ];
  if (unknown.length > 0) throw new InputError(`The engine cannot follow the case's ${unknown.join(', ')}.`);
}

export function defaultsOf({ pipeline_class = '' }: PipelineCase): PipelineDefaults {
  return PIPELINES[pipeline_class]!;
}
