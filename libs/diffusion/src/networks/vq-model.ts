import type { JsonObject } from '../checkpoint/json.js';
import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { Config } from './config.js';
import { conv } from './layers.js';
import type { Module } from './module.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';
import { belongsTo, decoderHalf, encoderHalf, type HalfConfig } from './vae-halves.js';

/** An autoencoder with a codebook, van den Oord et al. 2017, arXiv:1711.00937, as its configuration describes it. */
export interface VqConfig extends HalfConfig {
  /** Vectors of the codebook. */
  codes: number;
  /** Width of a vector: channels of latents. */
  codeWidth: number;
  /** What latents are multiplied with for the U-Net. */
  scalingFactor: number;
}

export interface VqDecoderOptions extends NetworkOptions {
  /** Whether each latent is replaced by the nearest vector of the codebook. @default true */
  quantize?: boolean;
}

/** Reads the `config.json` of a VQModel. Throws CheckpointError for what the engine cannot run. */
export function readVqConfig(json: JsonObject, source: string): VqConfig {
  const config = new Config(json, source);
  const levels = config.sizes('block_out_channels');
  const latentChannels = config.size('latent_channels', 3);
  config.oneOf('act_fn', ['silu', 'swish']);
  config.oneOf('norm_type', ['group']);
  config.words('down_block_types', levels.length, ['DownEncoderBlock2D']);
  config.words('up_block_types', levels.length, ['UpDecoderBlock2D']);
  return {
    pictureChannels: config.size('in_channels', 3),
    latentChannels,
    levels,
    layers: config.size('layers_per_block', 1),
    groups: config.divisor('norm_num_groups', levels, 32),
    middleAttention: config.flag('mid_block_add_attention', true),
    codes: config.size('num_vq_embeddings', 256),
    codeWidth: config.has('vq_embed_dim') ? config.size('vq_embed_dim') : latentChannels,
    scalingFactor: config.number('scaling_factor', 0.18215),
  };
}

/**
 * The half that makes pictures of latents.
 *
 * Input: `latents` [N, codeWidth, h, w]. Output: `picture` [N, pictureChannels, H, W] with values around -1 to 1.
 */
export function vqDecoder(config: VqConfig, weights: WeightSet, options: VqDecoderOptions): Model {
  const { quantize = true } = options;
  const notUsed = belongsTo('encoder', 'quant_conv', ...(quantize ? [] : ['quantize']));
  return buildNetwork(weights, options, (root) => describeDecoder(root, config, quantize), notUsed);
}

/**
 * The half that makes latents of pictures.
 *
 * Input: `picture` [N, pictureChannels, H, W] with values from -1 to 1. Output: `latents` [N, codeWidth, h, w].
 */
export function vqEncoder(config: VqConfig, weights: WeightSet, options: NetworkOptions): Model {
  const notUsed = belongsTo('decoder', 'post_quant_conv', 'quantize');
  return buildNetwork(weights, options, (root) => describeEncoder(root, config), notUsed);
}

function describeDecoder(root: Module, config: VqConfig, quantized: boolean): Results {
  const { codeWidth, latentChannels, pictureChannels } = config;
  const modules: Record<string, Tensor> = {};
  let x = floatInput(root, 'latents', ['N', codeWidth, 'h', 'w']); // [N, codeWidth, h, w]
  if (quantized) x = quantize(root.at('quantize'), x, config, modules); // [N, codeWidth, h, w]
  x = conv(root.at('post_quant_conv'), x, { in: codeWidth, out: latentChannels, kernel: 1 }); // [N, latentChannels, h, w]
  x = decoderHalf(root.at('decoder'), x, config, modules); // [N, pictureChannels, H, W]
  return { outputs: { picture: { tensor: x, dimensions: ['N', pictureChannels, 'H', 'W'] } }, modules };
}

function describeEncoder(root: Module, config: VqConfig): Results {
  const { codeWidth, latentChannels, pictureChannels } = config;
  const modules: Record<string, Tensor> = {};
  let x = floatInput(root, 'picture', ['N', pictureChannels, 'H', 'W']); // [N, pictureChannels, H, W]
  x = encoderHalf(root.at('encoder'), x, latentChannels, config, modules); // [N, latentChannels, h, w]
  x = conv(root.at('quant_conv'), x, { in: latentChannels, out: codeWidth, kernel: 1 }); // [N, codeWidth, h, w]
  return { outputs: { latents: { tensor: x, dimensions: ['N', codeWidth, 'h', 'w'] } }, modules };
}

/** The vector of the codebook that is nearest to each of x [N, codeWidth, h, w]: [N, codeWidth, h, w]. */
function quantize(m: Module, x: Tensor, { codes, codeWidth }: VqConfig, modules: Record<string, Tensor>): Tensor {
  return m.build(() => {
    const book = m.at('embedding').weight([codes, codeWidth]); // [codes, codeWidth]
    const pixels = op.transpose(x, [0, 2, 3, 1]); // [N, h, w, codeWidth]
    const rows = op.reshape(pixels, [-1, codeWidth]); // [N * h * w, codeWidth]
    // The nearest e is where 2 x·e - e·e is largest.
    const products = op.scale(op.linear(rows, book), 2); // [N * h * w, codes]
    const squares = op.reshape(op.sumSquares(book), [1, codes]); // [1, codes]
    modules.indices = op.reshape(op.argMax(op.sub(products, squares)), [-1]); // [N * h * w]
    const nearest = op.gather(book, modules.indices); // [N * h * w, codeWidth]
    const back = op.reshapeLike(nearest, op.shapeOf(pixels, 0, 4)); // [N, h, w, codeWidth]
    modules.quantized = op.transpose(back, [0, 3, 1, 2]); // [N, codeWidth, h, w]
    return modules.quantized;
  });
}
