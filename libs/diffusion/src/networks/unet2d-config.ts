import type { JsonObject } from '../checkpoint/json.js';
import { Config } from './config.js';

/** A resolution of a U-Net without text. */
export interface Unet2dLevel {
  channels: number;
  /** Heads of the attention behind each residual block on the way down; null where there is none. */
  down: number | null;
  /** The same on the way up. */
  up: number | null;
}

/** A U-Net that is told the timestep only, as its configuration describes it. */
export interface Unet2dConfig {
  inChannels: number;
  outChannels: number;
  /** Levels from the finest to the coarsest. */
  levels: readonly Unet2dLevel[];
  /** Residual blocks of a level on the way down; there is one more on the way up. */
  layers: number;
  /** Heads of the attention in the middle; null where there is none. */
  middleHeads: number | null;
  groups: number;
  epsilon: number;
  time: {
    /** Width of the sinusoids that the timestep is told by. */
    channels: number;
    /** Width of the embedding that the blocks see. */
    width: number;
    cosineFirst: boolean;
    frequencyShift: number;
  };
}

/** Reads the `config.json` of a UNet2DModel. Throws CheckpointError for what the engine cannot run. */
export function readUnet2dConfig(json: JsonObject, source: string): Unet2dConfig {
  const config = new Config(json, source);
  refuseOtherKinds(config);
  const channels = config.sizes('block_out_channels');
  const downTypes = config.words('down_block_types', channels.length, ['DownBlock2D', 'AttnDownBlock2D']);
  const upTypes = config.words('up_block_types', channels.length, ['UpBlock2D', 'AttnUpBlock2D']).toReversed();
  const attending = channels.filter(
    (_, i) => i === channels.length - 1 || `${downTypes[i]}${upTypes[i]}`.includes('Attn'),
  );
  const headWidth = json.attention_head_dim === null ? null : config.divisor('attention_head_dim', attending, 8);
  const heads = (width: number) => (headWidth === null ? 1 : width / headWidth);
  return {
    inChannels: config.size('in_channels', 3),
    outChannels: config.size('out_channels', 3),
    levels: channels.map((width, i) => ({
      channels: width,
      down: downTypes[i] === 'AttnDownBlock2D' ? heads(width) : null,
      up: upTypes[i] === 'AttnUpBlock2D' ? heads(width) : null,
    })),
    layers: config.size('layers_per_block', 2),
    middleHeads: config.flag('add_attention', true) ? heads(channels.at(-1)!) : null,
    groups: config.divisor('norm_num_groups', channels, 32),
    epsilon: config.number('norm_eps', 1e-5),
    time: {
      channels: channels[0]!,
      width: config.has('time_embedding_dim') ? config.size('time_embedding_dim') : 4 * channels[0]!,
      cosineFirst: config.flag('flip_sin_to_cos', true),
      frequencyShift: config.number('freq_shift', 0),
    },
  };
}

/** Settings of other kinds, of which the engine takes the plain value only. */
function refuseOtherKinds(config: Config): void {
  config.oneOf('act_fn', ['silu', 'swish']);
  config.oneOf('attn_norm_num_groups', [null]);
  config.oneOf('center_input_sample', [false]);
  config.oneOf('class_embed_type', [null]);
  config.oneOf('downsample_padding', [1]);
  config.oneOf('downsample_type', ['conv']);
  config.oneOf('mid_block_scale_factor', [1]);
  config.oneOf('mid_block_type', ['UNetMidBlock2D']);
  config.oneOf('num_class_embeds', [null]);
  config.oneOf('resnet_time_scale_shift', ['default']);
  config.oneOf('time_embedding_type', ['positional']);
  config.oneOf('upsample_type', ['conv']);
}
