import type { JsonObject } from '../checkpoint/json.js';
import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { Config } from './config.js';
import { conv } from './layers.js';
import type { Module } from './module.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';
import { readUnetConfig, type UnetConfig } from './unet-config.js';
import { middle, surroundings, wayDown } from './unet-parts.js';

/** A ControlNet as its configuration describes it, Zhang et al. 2023, arXiv:2302.05543. */
export interface ControlNetConfig {
  /** The U-Net that its way down and middle are a copy of. */
  unet: UnetConfig;
  /** Channels of the picture that it follows. */
  pictureChannels: number;
  /** Channels while the picture is made smaller, by 2 from each to the next. */
  embedding: readonly number[];
  /** Whether it was trained on pictures with blue first. */
  blueFirst: boolean;
  /** Whether its residuals are the same for all pixels; then it never guesses by growing strength. */
  pooled: boolean;
}

/** Reads the `config.json` of a ControlNetModel. Throws CheckpointError for what the engine cannot run. */
export function readControlNetConfig(json: JsonObject, source: string): ControlNetConfig {
  const config = new Config(json, source);
  // There is no way up, which a U-Net's configuration cannot do without.
  const upTypes = config.sizes('block_out_channels').map(() => 'UpBlock2D');
  return {
    unet: readUnetConfig({ ...json, up_block_types: upTypes }, source),
    pictureChannels: config.size('conditioning_channels', 3),
    embedding: config.has('conditioning_embedding_out_channels')
      ? config.sizes('conditioning_embedding_out_channels')
      : [16, 32, 96, 256],
    blueFirst: config.oneOf('controlnet_conditioning_channel_order', ['rgb', 'bgr']) === 'bgr',
    pooled: config.flag('global_pool_conditions', false),
  };
}

/**
 * What the outputs of a ControlNet are multiplied with.
 *
 * @param guess whether the finer ones count less, from a tenth on: for pictures without a prompt
 */
export function controlScales(config: ControlNetConfig, scale: number, guess: boolean): Float32Array {
  const count = residualCount(config) + 1;
  return Float32Array.from({ length: count }, (_, i) =>
    guess && !config.pooled ? scale * 10 ** (i / (count - 1) - 1) : scale,
  );
}

/** The number of residuals for skip connections: one each for the first, all layers, and all ways to a coarser level. */
function residualCount({ unet: { levels } }: ControlNetConfig): number {
  return levels.reduce((count, { layers }) => count + layers + 1, 0);
}

/**
 * A ControlNet: what a U-Net's skip connections and middle are to be changed by, so that pictures follow another.
 *
 * Inputs: those of the U-Net; `picture` [N or 1, pictureChannels, 8 H, 8 W] with values from 0 to 1; `scales`
 * [residuals + 1], what each output is multiplied with. Outputs: `down.I` for each skip connection, and `mid`.
 */
export function controlNet(config: ControlNetConfig, weights: WeightSet, options: NetworkOptions): Model {
  return buildNetwork(weights, options, (root) => describe(root, config));
}

function describe(root: Module, config: ControlNetConfig): Results {
  const { unet, pooled } = config;
  const { channels } = unet.levels[0]!;
  const modules: Record<string, Tensor> = {};
  const sample = floatInput(root, 'sample', ['N', unet.inChannels, 'H', 'W']); // [N, inChannels, H, W]
  const around = surroundings(root, sample, unet, [], modules);
  const scales = floatInput(root, 'scales', [residualCount(config) + 1]); // [residuals + 1]

  let x = conv(root.at('conv_in'), sample, { in: unet.inChannels, out: channels, kernel: 3 }); // [N, channels, H, W]
  modules.controlnet_cond_embedding = pictureEmbedding(root, config, channels); // [N, channels, H, W]
  x = op.add(x, modules.controlnet_cond_embedding); // [N, channels, H, W]
  const skips = wayDown(root, x, around, modules);
  const last = skips.at(-1)!;
  const middleStage = { tensor: middle(root, last.tensor, around, modules), channels: last.channels };

  const outputs: Results['outputs'] = {};
  [...skips, middleStage].forEach((stage, i) => {
    const isMiddle = i === skips.length;
    const m = root.at(isMiddle ? 'controlnet_mid_block' : `controlnet_down_blocks.${i}`);
    const residual = conv(m, stage.tensor, { in: stage.channels, out: stage.channels, kernel: 1 }); // [N, C, h, w]
    const scale = op.gather(scales, root.graph.constant('I64', [i])); // [1]
    const scaled = m.build(() => op.mul(pooled ? op.averageAll(residual) : residual, scale)); // [N, C, h, w]
    outputs[isMiddle ? 'mid' : `down.${i}`] = { tensor: scaled, dimensions: ['N', stage.channels, `h${i}`, `w${i}`] };
  });
  return { outputs, modules };
}

/** The picture to follow, at the size of latents: [N or 1, channels, H, W]. */
function pictureEmbedding(root: Module, config: ControlNetConfig, channels: number): Tensor {
  const { pictureChannels, embedding, blueFirst } = config;
  const m = root.at('controlnet_cond_embedding');
  let x = floatInput(root, 'picture', ['K', pictureChannels, '8 H', '8 W']); // [K, pictureChannels, 8 H, 8 W]
  if (blueFirst) x = op.reverse(x, 1, pictureChannels); // [K, pictureChannels, 8 H, 8 W]
  x = op.silu(conv(m.at('conv_in'), x, { in: pictureChannels, out: embedding[0]!, kernel: 3 })); // [K, embedding 0, 8 H, 8 W]
  embedding.slice(1).forEach((out, i) => {
    const from = embedding[i]!;
    x = op.silu(conv(m.at(`blocks.${2 * i}`), x, { in: from, out: from, kernel: 3 })); // [K, from, h, w]
    x = op.silu(conv(m.at(`blocks.${2 * i + 1}`), x, { in: from, out, kernel: 3, stride: 2 })); // [K, out, h / 2, w / 2]
  });
  return conv(m.at('conv_out'), x, { in: embedding.at(-1)!, out: channels, kernel: 3 }); // [K, channels, H, W]
}
