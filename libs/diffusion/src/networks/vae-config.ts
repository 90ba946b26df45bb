import type { JsonObject } from '../checkpoint/json.js';
import { Config, isSize } from './config.js';

/** An autoencoder as its configuration describes it. */
export interface VaeConfig {
  /** Channels of pictures. */
  pictureChannels: number;
  latentChannels: number;
  /** Channels of each level, from the finest to the coarsest; each level but the last halves. */
  levels: readonly number[];
  /** Residual blocks of an encoder level; a decoder level has one more. */
  layers: number;
  groups: number;
  /** Whether the middle attends. */
  middleAttention: boolean;
  quantConv: boolean;
  postQuantConv: boolean;
  /** Side of the pictures that it was trained with, pixels. */
  sampleSize: number;
  /** What latents are multiplied with for the U-Net. */
  scalingFactor: number;
  /** What is taken from them before. */
  shiftFactor: number;
  /** Whether half precision is too coarse for it. */
  forceUpcast: boolean;
}

/** Reads the `config.json` of an AutoencoderKL. Throws CheckpointError for what the engine cannot run. */
export function readVaeConfig(json: JsonObject, source: string): VaeConfig {
  const config = new Config(json, source);
  const levels = config.sizes('block_out_channels');
  config.oneOf('act_fn', ['silu', 'swish']);
  config.oneOf('latents_mean', [null]);
  config.oneOf('latents_std', [null]);
  config.words('down_block_types', levels.length, ['DownEncoderBlock2D']);
  config.words('up_block_types', levels.length, ['UpDecoderBlock2D']);
  return {
    pictureChannels: config.size('in_channels', 3),
    latentChannels: config.size('latent_channels', 4),
    levels,
    layers: config.size('layers_per_block', 1),
    groups: config.divisor('norm_num_groups', levels, 32),
    middleAttention: config.flag('mid_block_add_attention', true),
    quantConv: config.flag('use_quant_conv', true),
    postQuantConv: config.flag('use_post_quant_conv', true),
    sampleSize: sampleSizeOf(json),
    scalingFactor: config.number('scaling_factor', 0.18215),
    shiftFactor: config.has('shift_factor') ? config.number('shift_factor') : 0,
    forceUpcast: config.flag('force_upcast', true),
  };
}

/** The usual size where the configuration is silent; of two sides the smaller one. */
function sampleSizeOf({ sample_size: size }: JsonObject): number {
  const sides = [size].flat().filter(isSize);
  return sides.length > 0 ? Math.min(...sides) : 512;
}
