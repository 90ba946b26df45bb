import type { JsonObject } from '../checkpoint/json.js';
import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { Config, isCount } from './config.js';
import { conv } from './layers.js';
import type { Module } from './module.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';

/**
 * A small autoencoder that was distilled from a large one, TAESD (https://github.com/madebyollin/taesd), as its
 * configuration describes it.
 */
export interface TinyVaeConfig {
  pictureChannels: number;
  latentChannels: number;
  encoder: readonly TinyLevel[];
  decoder: readonly TinyLevel[];
  /** What latents are multiplied with for the U-Net. */
  scalingFactor: number;
  /** What is taken from them before. */
  shiftFactor: number;
}

interface TinyLevel {
  channels: number;
  /** Residual blocks. */
  layers: number;
}

/** Latents are bent into the range from -3 to 3 before they are decoded. */
const LATENT_RANGE = 3;

/** Reads the `config.json` of an AutoencoderTiny. Throws CheckpointError for what the engine cannot run. */
export function readTinyVaeConfig(json: JsonObject, source: string): TinyVaeConfig {
  const config = new Config(json, source);
  config.oneOf('act_fn', ['relu']);
  config.oneOf('upsample_fn', ['nearest']);
  config.oneOf('upsampling_scaling_factor', [2]);
  return {
    pictureChannels: config.size('in_channels', 3),
    latentChannels: config.size('latent_channels', 4),
    encoder: readLevels(config, 'encoder', [1, 3, 3, 3]),
    decoder: readLevels(config, 'decoder', [3, 3, 3, 1]),
    scalingFactor: config.number('scaling_factor', 1),
    shiftFactor: config.number('shift_factor', 0),
  };
}

function readLevels(config: Config, half: 'encoder' | 'decoder', usual: readonly number[]): TinyLevel[] {
  const key = `${half}_block_out_channels`;
  const channels = config.has(key) ? config.sizes(key) : usual.map(() => 64);
  const layers = config.has(`num_${half}_blocks`)
    ? config.perLevel(`num_${half}_blocks`, channels.length, isCount)
    : usual;
  return channels.map((width, i) => ({ channels: width, layers: layers[i]! }));
}

/**
 * The half that makes pictures of latents.
 *
 * Input: `latents` [N, latentChannels, h, w]. Output: `picture` [N, pictureChannels, H, W] with values around -1 to 1.
 */
export function tinyVaeDecoder(config: TinyVaeConfig, weights: WeightSet, options: NetworkOptions): Model {
  const isEncoder = (tensor: string) => tensor.startsWith('encoder.');
  return buildNetwork(weights, options, (root) => describeDecoder(root, config), isEncoder);
}

/**
 * The half that makes latents of pictures.
 *
 * Input: `picture` [N, pictureChannels, H, W] with values from -1 to 1. Output: `latents` [N, latentChannels, h, w].
 */
export function tinyVaeEncoder(config: TinyVaeConfig, weights: WeightSet, options: NetworkOptions): Model {
  const isDecoder = (tensor: string) => tensor.startsWith('decoder.');
  return buildNetwork(weights, options, (root) => describeEncoder(root, config), isDecoder);
}

function describeDecoder(root: Module, { latentChannels, pictureChannels, decoder }: TinyVaeConfig): Results {
  const next = layersOf(root.at('decoder'));
  const latents = floatInput(root, 'latents', ['N', latentChannels, 'h', 'w']); // [N, latentChannels, h, w]
  let x = op.tanh(op.scale(latents, 1 / LATENT_RANGE)); // [N, latentChannels, h, w]
  x = op.scale(x, LATENT_RANGE); // [N, latentChannels, h, w]
  x = conv(next(), x, { in: latentChannels, out: decoder[0]!.channels, kernel: 3 }); // [N, channels, h, w]
  x = op.relu(x); // [N, channels, h, w]
  next();

  // Below, h and w are the size at the level that is being described.
  decoder.forEach(({ channels, layers }, i) => {
    for (let layer = 0; layer < layers; layer++) x = block(next(), x, channels); // [N, channels, h, w]
    if (i < decoder.length - 1) {
      x = next().build(() => op.enlargeTwice(x)); // [N, channels, 2 h, 2 w]
      x = conv(next(), x, { in: channels, out: channels, kernel: 3, bias: false }); // [N, channels, 2 h, 2 w]
    }
  });

  x = conv(next(), x, { in: decoder.at(-1)!.channels, out: pictureChannels, kernel: 3 }); // [N, pictureChannels, H, W]
  x = op.shift(op.scale(x, 2), -1); // [N, pictureChannels, H, W]
  return { outputs: { picture: { tensor: x, dimensions: ['N', pictureChannels, 'H', 'W'] } } };
}

function describeEncoder(root: Module, { latentChannels, pictureChannels, encoder }: TinyVaeConfig): Results {
  const next = layersOf(root.at('encoder'));
  const picture = floatInput(root, 'picture', ['N', pictureChannels, 'H', 'W']); // [N, pictureChannels, H, W]
  let x = op.scale(op.shift(picture, 1), 0.5); // [N, pictureChannels, H, W]

  // Below, h and w are the size at the level that is being described.
  encoder.forEach(({ channels, layers }, i) => {
    x =
      i === 0
        ? conv(next(), x, { in: pictureChannels, out: channels, kernel: 3 }) // [N, channels, h, w]
        : conv(next(), x, { in: channels, out: channels, kernel: 3, stride: 2, bias: false }); // [N, channels, h / 2, w / 2]
    for (let layer = 0; layer < layers; layer++) x = block(next(), x, channels); // [N, channels, h, w]
  });

  x = conv(next(), x, { in: encoder.at(-1)!.channels, out: latentChannels, kernel: 3 }); // [N, latentChannels, h, w]
  return { outputs: { latents: { tensor: x, dimensions: ['N', latentChannels, 'h', 'w'] } } };
}

/** Three convolutions beside a shortcut, on x [N, C, h, w]: [N, C, h, w]. */
function block(m: Module, x: Tensor, channels: number): Tensor {
  const shape = { in: channels, out: channels, kernel: 3 };
  const first = op.relu(conv(m.at('conv.0'), x, shape)); // [N, C, h, w]
  const second = op.relu(conv(m.at('conv.2'), first, shape)); // [N, C, h, w]
  const change = conv(m.at('conv.4'), second, shape); // [N, C, h, w]
  return m.build(() => op.relu(op.add(change, x))); // [N, C, h, w]
}

/** Gives one layer after the other: the checkpoint numbers them, and counts those without weights. */
function layersOf(m: Module): () => Module {
  let layer = 0;
  return () => m.at(`layers.${layer++}`);
}
