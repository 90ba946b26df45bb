import { openCheckpoint, requireComponent } from './checkpoint.js';
import { CheckpointError } from './checkpoint-error.js';
import type { JsonObject } from './json.js';
import { purposeOf, type Purpose } from './purpose.js';
import type { SchedulerConfig } from '../samplers/scheduler-config.js';

/** Families of checkpoints that differ in their text encoders and in what the U-Net is told. */
export type Architecture = 'sd1' | 'sd2' | 'sdxl' | 'sdxl-refiner' | 'ldm';

export interface CheckpointDescription {
  readonly architecture: Architecture;
  /** diffusers' class. */
  readonly pipelineClass: string;
  readonly purpose: Purpose;
  /** Size that the checkpoint was made for, in pixels. */
  readonly defaultWidth: number;
  readonly defaultHeight: number;
  /** Multiple that widths and heights must be of, in pixels. */
  readonly sizeMultiple: number;
  readonly scheduler: SchedulerConfig;
}

/** Channels where a configuration does not say. */
const LATENT_CHANNELS = 4;
const SUPER_RESOLUTION = 'LDMSuperResolutionPipeline';
/** The known VAEs have four levels, the known U-Nets 128 latents in each direction. */
const MAX_LEVELS = 8;
const MAX_SAMPLE_SIZE = 4096;

/** Says what a checkpoint is, from its configuration alone. Throws CheckpointError. */
export async function describeCheckpoint(path: string): Promise<CheckpointDescription> {
  const checkpoint = await openCheckpoint(path);
  const unet = await requireComponent(checkpoint, 'unet').readConfig();
  const isFirst = checkpoint.components.has('vqvae');
  const vae = await requireComponent(checkpoint, isFirst ? 'vqvae' : 'vae').readConfig();
  const sizeMultiple = vaeFactor(vae, path);
  const [height, width] = sampleSize(unet, path);
  return {
    architecture: isFirst ? 'ldm' : architectureOf(unet, checkpoint.components.has('text_encoder')),
    pipelineClass: checkpoint.pipelineClass,
    purpose: purposeOf({
      inChannels: Number(unet.in_channels ?? LATENT_CHANNELS),
      latentChannels: Number(vae.latent_channels ?? LATENT_CHANNELS),
      toldNoiseLevel: Number.isInteger(unet.num_class_embeds),
      enlarges: checkpoint.components.has('low_res_scheduler') || checkpoint.pipelineClass === SUPER_RESOLUTION,
    }),
    defaultWidth: width * sizeMultiple,
    defaultHeight: height * sizeMultiple,
    sizeMultiple,
    scheduler: checkpoint.scheduler,
  };
}

/** Pixels per latent in each direction: every level of the VAE but the last halves. */
export function vaeFactor(vae: JsonObject, path: string): number {
  const channels = vae.block_out_channels;
  if (!Array.isArray(channels) || channels.length === 0 || channels.length > MAX_LEVELS) {
    throw new CheckpointError(
      `The VAE configuration of ${path} has no "block_out_channels" of 1 to ${MAX_LEVELS} levels.`,
    );
  }
  return 2 ** (channels.length - 1);
}

/** Height and width in latents that the U-Net was made for. */
function sampleSize(unet: JsonObject, path: string): [number, number] {
  const size = unet.sample_size;
  const [height, width] = Array.isArray(size) ? size : [size, size];
  if (!isSampleSize(height) || !isSampleSize(width)) {
    throw new CheckpointError(`The U-Net configuration of ${path} has no "sample_size" from 1 to ${MAX_SAMPLE_SIZE}.`);
  }
  return [height, width];
}

function isSampleSize(size: unknown): size is number {
  return Number.isInteger(size) && (size as number) > 0 && (size as number) <= MAX_SAMPLE_SIZE;
}

function architectureOf(unet: JsonObject, hasFirstTextEncoder: boolean): Architecture {
  if (unet.addition_embed_type === 'text_time') return hasFirstTextEncoder ? 'sdxl' : 'sdxl-refiner';
  return unet.use_linear_projection ? 'sd2' : 'sd1';
}
