import type { JsonObject } from '../checkpoint/json.js';
import { Config, isSize } from './config.js';
import type { UnetConfig } from './unet-config.js';

/** Modules that let the frames of a clip learn of each other, Guo et al. 2023, arXiv:2307.04725. */
export interface MotionConfig {
  /** Heads and transformer blocks of the modules of each level. */
  levels: readonly { heads: number; depth: number }[];
  /** Transformer blocks of the module in the middle; null where there is none. */
  middleDepth: number | null;
  /** Most frames that it knows places for. */
  length: number;
}

/**
 * Reads the `config.json` of a MotionAdapter for a U-Net. Throws CheckpointError for what the engine cannot run, or does
 * not fit the U-Net.
 */
export function readMotionConfig(json: JsonObject, source: string, unet: UnetConfig): MotionConfig {
  const config = new Config(json, source);
  const channels = config.sizes('block_out_channels');
  if (channels.join() !== unet.levels.map((level) => level.channels).join()) {
    throw config.error(
      'block_out_channels',
      `those of the U-Net, ${unet.levels.map((level) => level.channels).join(', ')}`,
    );
  }
  const layers = config.perLevel('motion_layers_per_block', channels.length, isSize, 2);
  if (layers.some((count, i) => count !== unet.levels[i]!.layers)) {
    throw config.error('motion_layers_per_block', `that of the U-Net, ${unet.levels[0]!.layers}`);
  }
  config.oneOf('conv_in_channels', [null]);
  config.oneOf('motion_mid_block_layers_per_block', [1]);
  const heads = config.perLevel('motion_num_attention_heads', channels.length, isSize, 8);
  const depths = config.perLevel('motion_transformer_layers_per_block', channels.length, isSize, 1);
  if (channels.some((width, i) => width % heads[i]! !== 0)) {
    throw config.error('motion_num_attention_heads', `divisors of ${channels.join(', ')}`);
  }
  const hasMiddle = config.flag('use_motion_mid_block', true);
  return {
    levels: heads.map((count, i) => ({ heads: count, depth: depths[i]! })),
    middleDepth: hasMiddle ? config.size('motion_transformer_layers_per_mid_block', 1) : null,
    length: config.size('motion_max_seq_length', 32),
  };
}
