import type { JsonObject } from '../checkpoint/json.js';
import { Config, isCount, isFlag, isSize } from './config.js';
import type { TransformerShape } from './transformer.js';

/** A transformer without what a level's channels and place decide. */
type Attention = Pick<TransformerShape, 'heads' | 'contextWidth' | 'onlyCrossAttention'>;

/** One resolution of the U-Net. */
export interface Level {
  channels: number;
  /** Residual blocks on the way down; there is one more on the way up. */
  layers: number;
  attention: Attention;
  /** Depth of the transformer behind each residual block on the way down; null where there is none. */
  down: readonly number[] | null;
  /** The same on the way up. */
  up: readonly number[] | null;
}

/** A U-Net as its configuration describes it, after Rombach et al. 2022, arXiv:2112.10752. */
export interface UnetConfig {
  inChannels: number;
  outChannels: number;
  /** Levels from the finest to the coarsest. */
  levels: readonly Level[];
  /** What is between down and up: nothing, a residual block, or one, a transformer of this depth, and another. */
  middle: { transformerDepth: number | null } | null;
  groups: number;
  epsilon: number;
  time: {
    /** Width of the sinusoids that the timestep is told by. */
    channels: number;
    /** Width of the embedding that the blocks see. */
    width: number;
    cosineFirst: boolean;
    frequencyShift: number;
    /** Width of the guidance embedding that distilled models are told; null where there is none. */
    conditionWidth: number | null;
  };
  /** Number of classes of a class embedding; null where there is none. */
  classes: number | null;
  /** What SDXL is told beside the text: pooled text and sinusoids of sizes. */
  added: {
    /** Width of both together. */
    width: number;
    /** Width of the sinusoids of one number. */
    timeChannels: number;
  } | null;
}

const DOWN_BLOCKS = ['DownBlock2D', 'CrossAttnDownBlock2D'] as const;
const UP_BLOCKS = ['UpBlock2D', 'CrossAttnUpBlock2D'] as const;
const MIDDLE_BLOCKS = ['UNetMidBlock2DCrossAttn', 'UNetMidBlock2D', null] as const;

/** Reads the `config.json` of a UNet2DConditionModel. Throws CheckpointError for what the engine cannot run. */
export function readUnetConfig(json: JsonObject, source: string): UnetConfig {
  const config = new Config(json, source);
  refuseOtherKinds(config);
  const channels = config.sizes('block_out_channels');
  const middleType = config.oneOf('mid_block_type', MIDDLE_BLOCKS);
  const depths = depthsPerLevel(config, channels.length);
  return {
    inChannels: config.size('in_channels', 4),
    outChannels: config.size('out_channels', 4),
    levels: readLevels(config, channels, depths),
    middle: middleType && { transformerDepth: middleType === 'UNetMidBlock2D' ? null : depths.at(-1)![0]! },
    groups: config.divisor('norm_num_groups', channels, 32),
    epsilon: config.number('norm_eps', 1e-5),
    time: {
      channels: channels[0]!,
      width: config.size('time_embedding_dim', 4 * channels[0]!),
      cosineFirst: config.flag('flip_sin_to_cos', true),
      frequencyShift: config.number('freq_shift', 0),
      conditionWidth: config.has('time_cond_proj_dim') ? config.size('time_cond_proj_dim') : null,
    },
    classes: config.has('num_class_embeds') ? config.size('num_class_embeds') : null,
    added: config.oneOf('addition_embed_type', [null, 'text_time']) && {
      width: config.size('projection_class_embeddings_input_dim'),
      timeChannels: config.size('addition_time_embed_dim'),
    },
  };
}

function readLevels(config: Config, channels: number[], depths: number[][]): Level[] {
  const count = channels.length;
  const downTypes = config.words('down_block_types', count, DOWN_BLOCKS);
  const upTypes = config.words('up_block_types', count, UP_BLOCKS).toReversed();
  const layers = config.perLevel('layers_per_block', count, isSize, 2);
  // A misnomer of the first releases that has to stay: what is called the size of a head is the number of heads.
  const heads = config.perLevel('attention_head_dim', count, isSize, 8);
  const contextWidths = config.perLevel('cross_attention_dim', count, isSize, 1280);
  const onlyCross = config.perLevel('only_cross_attention', count, isFlag, false);
  const upDepths = upDepthsPerLevel(config, depths);
  const attends = (i: number) => i === count - 1 || downTypes[i] !== 'DownBlock2D' || upTypes[i] !== 'UpBlock2D';
  if (channels.some((width, i) => attends(i) && width % heads[i]! !== 0)) {
    throw config.error('attention_head_dim', `divisors of ${channels.join(', ')}`);
  }

  return channels.map((width, i) => ({
    channels: width,
    layers: layers[i]!,
    attention: { heads: heads[i]!, contextWidth: contextWidths[i]!, onlyCrossAttention: onlyCross[i]! },
    down: downTypes[i] === 'CrossAttnDownBlock2D' ? perLayer(config, depths[i]!, layers[i]!) : null,
    up: upTypes[i] === 'CrossAttnUpBlock2D' ? perLayer(config, upDepths[i]!, layers[i]! + 1) : null,
  }));
}

/** Depths of the transformers of each level, one for all of a level or one for each. */
function depthsPerLevel(config: Config, levels: number): number[][] {
  return config.perLevel('transformer_layers_per_block', levels, isDepth, 1).map((depth) => [depth].flat());
}

/** The same for the way up, which the configuration lists from the coarsest level. */
function upDepthsPerLevel(config: Config, downDepths: number[][]): number[][] {
  const key = 'reverse_transformer_layers_per_block';
  if (!config.has(key)) return downDepths;
  return config
    .perLevel(key, downDepths.length, isDepth)
    .map((depth) => [depth].flat())
    .reverse();
}

function isDepth(value: unknown): value is number | number[] {
  return isCount(value) || (Array.isArray(value) && value.length > 0 && value.every(isCount));
}

function perLayer(config: Config, depths: number[], layers: number): number[] {
  if (depths.length === 1) return new Array<number>(layers).fill(depths[0]!);
  if (depths.length !== layers) throw config.error('transformer_layers_per_block', 'one depth, or one per layer');
  return depths;
}

/** Settings of other kinds of U-Nets, of which the engine takes the plain value only. */
function refuseOtherKinds(config: Config): void {
  config.oneOf('act_fn', ['silu', 'swish']);
  config.oneOf('attention_type', ['default']);
  config.oneOf('center_input_sample', [false]);
  config.oneOf('class_embed_type', [null]);
  config.oneOf('class_embeddings_concat', [false]);
  config.oneOf('conv_in_kernel', [3]);
  config.oneOf('conv_out_kernel', [3]);
  config.oneOf('cross_attention_norm', [null]);
  config.oneOf('downsample_padding', [1]);
  config.oneOf('dual_cross_attention', [false]);
  config.oneOf('encoder_hid_dim_type', [null]);
  config.oneOf('mid_block_scale_factor', [1]);
  config.oneOf('num_attention_heads', [null]);
  config.oneOf('resnet_out_scale_factor', [1]);
  config.oneOf('resnet_skip_time_act', [false]);
  config.oneOf('resnet_time_scale_shift', ['default']);
  config.oneOf('time_embedding_act_fn', [null]);
  config.oneOf('time_embedding_type', ['positional']);
  config.oneOf('timestep_post_act', [null]);
}
