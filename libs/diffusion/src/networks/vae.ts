import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import { conv } from './layers.js';
import type { Module } from './module.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';
import type { VaeConfig } from './vae-config.js';
import { belongsTo, decoderHalf, encoderHalf } from './vae-halves.js';

/**
 * The half of the autoencoder that makes pictures of latents.
 *
 * Input: `latents` [N, latentChannels, h, w], already divided by the scaling factor. Output: `picture` [N,
 * pictureChannels, H, W] with values around -1 to 1; each level but the last doubles h and w.
 */
export function vaeDecoder(config: VaeConfig, weights: WeightSet, options: NetworkOptions): Model {
  return buildNetwork(weights, options, (root) => describeDecoder(root, config), belongsTo('encoder', 'quant_conv'));
}

/**
 * The half of the autoencoder that makes latents of pictures.
 *
 * Input: `picture` [N, pictureChannels, H, W] with values from -1 to 1. Output: `moments` [N, 2 * latentChannels, h,
 * w]: means, then logarithms of variances.
 */
export function vaeEncoder(config: VaeConfig, weights: WeightSet, options: NetworkOptions): Model {
  return buildNetwork(
    weights,
    options,
    (root) => describeEncoder(root, config),
    belongsTo('decoder', 'post_quant_conv'),
  );
}

function describeDecoder(root: Module, config: VaeConfig): Results {
  const { latentChannels, pictureChannels, postQuantConv } = config;
  const modules: Record<string, Tensor> = {};
  const widths = { in: latentChannels, out: latentChannels };
  let x = floatInput(root, 'latents', ['N', latentChannels, 'h', 'w']); // [N, latentChannels, h, w]
  if (postQuantConv) x = conv(root.at('post_quant_conv'), x, { ...widths, kernel: 1 }); // [N, latentChannels, h, w]
  x = decoderHalf(root.at('decoder'), x, config, modules); // [N, pictureChannels, H, W]
  return { outputs: { picture: { tensor: x, dimensions: ['N', pictureChannels, 'H', 'W'] } }, modules };
}

function describeEncoder(root: Module, config: VaeConfig): Results {
  const { pictureChannels, quantConv } = config;
  const moments = 2 * config.latentChannels;
  const modules: Record<string, Tensor> = {};
  let x = floatInput(root, 'picture', ['N', pictureChannels, 'H', 'W']); // [N, pictureChannels, H, W]
  x = encoderHalf(root.at('encoder'), x, moments, config, modules); // [N, moments, h, w]
  if (quantConv) x = conv(root.at('quant_conv'), x, { in: moments, out: moments, kernel: 1 }); // [N, moments, h, w]
  return { outputs: { moments: { tensor: x, dimensions: ['N', moments, 'h', 'w'] } }, modules };
}
