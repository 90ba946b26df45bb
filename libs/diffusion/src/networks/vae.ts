import type { WeightSet } from '../checkpoint/weight-files.js';
import type { Model, Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { attention } from './attention.js';
import { conv, groupNorm, type GroupNorm } from './layers.js';
import type { Module } from './module.js';
import { buildNetwork, floatInput, type NetworkOptions, type Results } from './network.js';
import { resnet } from './resnet.js';
import type { VaeConfig } from './vae-config.js';

const EPSILON = 1e-6;

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
  const { latentChannels, pictureChannels, layers, postQuantConv } = config;
  const norm = { groups: config.groups, epsilon: EPSILON };
  const levels = [...config.levels].reverse();
  const decoder = root.at('decoder');
  const modules: Record<string, Tensor> = {};
  const widths = { in: latentChannels, out: latentChannels };

  let channels = levels[0]!;
  let x = floatInput(root, 'latents', ['N', latentChannels, 'h', 'w']); // [N, latentChannels, h, w]
  if (postQuantConv) x = conv(root.at('post_quant_conv'), x, { ...widths, kernel: 1 }); // [N, latentChannels, h, w]
  x = conv(decoder.at('conv_in'), x, { in: latentChannels, out: channels, kernel: 3 }); // [N, channels, h, w]
  modules['decoder.conv_in'] = x;
  x = middle(decoder.at('mid_block'), x, channels, config); // [N, channels, h, w]
  modules['decoder.mid_block'] = x;

  // Below, h and w are the size at the level that is being described.
  levels.forEach((width, i) => {
    const m = decoder.at(`up_blocks.${i}`);
    for (let layer = 0; layer <= layers; layer++) {
      x = resnet(m.at(`resnets.${layer}`), x, { in: channels, out: width }, norm); // [N, channels, h, w]
      channels = width;
    }
    if (i < levels.length - 1) {
      x = m.build(() => op.enlargeTwice(x)); // [N, channels, 2 h, 2 w]
      x = conv(m.at('upsamplers.0.conv'), x, { in: channels, out: channels, kernel: 3 }); // [N, channels, 2 h, 2 w]
    }
    modules[`decoder.up_blocks.${i}`] = x;
  });

  x = op.silu(groupNorm(decoder.at('conv_norm_out'), x, channels, norm)); // [N, channels, H, W]
  x = conv(decoder.at('conv_out'), x, { in: channels, out: pictureChannels, kernel: 3 }); // [N, pictureChannels, H, W]
  return { outputs: { picture: { tensor: x, dimensions: ['N', pictureChannels, 'H', 'W'] } }, modules };
}

function describeEncoder(root: Module, config: VaeConfig): Results {
  const { levels, pictureChannels, layers, quantConv } = config;
  const norm = { groups: config.groups, epsilon: EPSILON };
  const moments = 2 * config.latentChannels;
  const encoder = root.at('encoder');
  const modules: Record<string, Tensor> = {};

  let channels = levels[0]!;
  let x = floatInput(root, 'picture', ['N', pictureChannels, 'H', 'W']); // [N, pictureChannels, H, W]
  x = conv(encoder.at('conv_in'), x, { in: pictureChannels, out: channels, kernel: 3 }); // [N, channels, H, W]

  levels.forEach((width, i) => {
    const m = encoder.at(`down_blocks.${i}`);
    for (let layer = 0; layer < layers; layer++) {
      x = resnet(m.at(`resnets.${layer}`), x, { in: channels, out: width }, norm); // [N, channels, H, W]
      channels = width;
    }
    if (i < levels.length - 1) {
      // Zeros below and to the right only, unlike in the U-Net.
      const halving = { kernel: 3, stride: 2, padding: [0, 0, 1, 1] } as const;
      x = conv(m.at('downsamplers.0.conv'), x, { in: channels, out: channels, ...halving }); // [N, channels, H / 2, W / 2]
    }
    modules[`encoder.down_blocks.${i}`] = x;
  });

  x = middle(encoder.at('mid_block'), x, channels, config); // [N, channels, h, w]
  modules['encoder.mid_block'] = x;
  x = op.silu(groupNorm(encoder.at('conv_norm_out'), x, channels, norm)); // [N, channels, h, w]
  x = conv(encoder.at('conv_out'), x, { in: channels, out: moments, kernel: 3 }); // [N, moments, h, w]
  if (quantConv) x = conv(root.at('quant_conv'), x, { in: moments, out: moments, kernel: 1 }); // [N, moments, h, w]
  return { outputs: { moments: { tensor: x, dimensions: ['N', moments, 'h', 'w'] } }, modules };
}

/** Residual block, attention among the pixels, residual block, on x [N, C, h, w]: [N, C, h, w]. */
function middle(m: Module, x: Tensor, channels: number, { groups, middleAttention }: VaeConfig): Tensor {
  const norm = { groups, epsilon: EPSILON };
  const widths = { in: channels, out: channels };
  let h = resnet(m.at('resnets.0'), x, widths, norm); // [N, C, h, w]
  if (middleAttention) h = pixelAttention(m.at('attentions.0'), h, channels, norm); // [N, C, h, w]
  return resnet(m.at('resnets.1'), h, widths, norm); // [N, C, h, w]
}

/** Attention of each pixel to all others, in one head, beside a shortcut: [N, C, h, w]. */
function pixelAttention(m: Module, x: Tensor, channels: number, norm: GroupNorm): Tensor {
  return m.build(() => {
    const normal = groupNorm(m.at('group_norm'), x, channels, norm); // [N, C, h, w]
    const pixels = op.transpose(normal, [0, 2, 3, 1]); // [N, h, w, C]
    const rows = op.reshape(pixels, [-1, channels]); // [N * h * w, C]
    const widths = { query: channels, context: channels, heads: 1 };
    const seen = attention(m, rows, rows, op.shapeOf(x, 0, 1), widths, { bias: true }); // [N * h * w, C]
    const back = op.reshapeLike(seen, op.shapeOf(pixels, 0, 4)); // [N, h, w, C]
    return op.add(op.transpose(back, [0, 3, 1, 2]), x); // [N, C, h, w]
  });
}

function belongsTo(...parts: string[]): (tensor: string) => boolean {
  return (tensor) => parts.some((part) => tensor.startsWith(`${part}.`));
}
