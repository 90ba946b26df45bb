import type { Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { conv, groupNorm } from './layers.js';
import type { Module } from './module.js';
import { pixelAttention } from './pixel-attention.js';
import { resnet } from './resnet.js';
import type { VaeConfig } from './vae-config.js';

/** What an encoder or decoder of pictures is made of. */
export type HalfConfig = Pick<
  VaeConfig,
  'pictureChannels' | 'latentChannels' | 'levels' | 'layers' | 'groups' | 'middleAttention'
>;

const EPSILON = 1e-6;
/**
 * Parts that pixels ask in on a graphics card, where the products of all with all are one buffer: at 1024x1024 they have 1 GiB
 * in float32, at 1536x1024 2.25, which may be more than a driver allows. A CPU goes block by block by itself.
 */
const PARTS = 4;

/**
 * The decoder of an autoencoder, on latents x [N, latentChannels, h, w]: [N, pictureChannels, H, W].
 *
 * @param modules is told what parts of it give, under their names
 */
export function decoderHalf(m: Module, x: Tensor, config: HalfConfig, modules: Record<string, Tensor>): Tensor {
  const { latentChannels, pictureChannels, layers } = config;
  const norm = { groups: config.groups, epsilon: EPSILON };
  const levels = [...config.levels].reverse();

  let channels = levels[0]!;
  x = conv(m.at('conv_in'), x, { in: latentChannels, out: channels, kernel: 3 }); // [N, channels, h, w]
  modules['decoder.conv_in'] = x;
  x = middle(m.at('mid_block'), x, channels, config); // [N, channels, h, w]
  modules['decoder.mid_block'] = x;

  // Below, h and w are the size at the level that is being described.
  levels.forEach((width, i) => {
    const level = m.at(`up_blocks.${i}`);
    for (let layer = 0; layer <= layers; layer++) {
      x = resnet(level.at(`resnets.${layer}`), x, { in: channels, out: width }, norm); // [N, channels, h, w]
      channels = width;
    }
    if (i < levels.length - 1) {
      x = level.build(() => op.enlargeTwice(x)); // [N, channels, 2 h, 2 w]
      x = conv(level.at('upsamplers.0.conv'), x, { in: channels, out: channels, kernel: 3 }); // [N, channels, 2 h, 2 w]
    }
    modules[`decoder.up_blocks.${i}`] = x;
  });

  x = op.silu(groupNorm(m.at('conv_norm_out'), x, channels, norm)); // [N, channels, H, W]
  return conv(m.at('conv_out'), x, { in: channels, out: pictureChannels, kernel: 3 }); // [N, pictureChannels, H, W]
}

/**
 * The encoder of an autoencoder, on pictures x [N, pictureChannels, H, W]: [N, out, h, w].
 *
 * @param out channels of what it gives
 */
export function encoderHalf(
  m: Module,
  x: Tensor,
  out: number,
  config: HalfConfig,
  modules: Record<string, Tensor>,
): Tensor {
  const { levels, pictureChannels, layers } = config;
  const norm = { groups: config.groups, epsilon: EPSILON };

  let channels = levels[0]!;
  x = conv(m.at('conv_in'), x, { in: pictureChannels, out: channels, kernel: 3 }); // [N, channels, H, W]

  levels.forEach((width, i) => {
    const level = m.at(`down_blocks.${i}`);
    for (let layer = 0; layer < layers; layer++) {
      x = resnet(level.at(`resnets.${layer}`), x, { in: channels, out: width }, norm); // [N, channels, H, W]
      channels = width;
    }
    if (i < levels.length - 1) {
      // Zeros below and to the right only, unlike in the U-Net.
      const halving = { kernel: 3, stride: 2, padding: [0, 0, 1, 1] } as const;
      x = conv(level.at('downsamplers.0.conv'), x, { in: channels, out: channels, ...halving }); // [N, channels, H / 2, W / 2]
    }
    modules[`encoder.down_blocks.${i}`] = x;
  });

  x = middle(m.at('mid_block'), x, channels, config); // [N, channels, h, w]
  modules['encoder.mid_block'] = x;
  x = op.silu(groupNorm(m.at('conv_norm_out'), x, channels, norm)); // [N, channels, h, w]
  return conv(m.at('conv_out'), x, { in: channels, out, kernel: 3 }); // [N, out, h, w]
}

/** Residual block, attention among the pixels, residual block, on x [N, C, h, w]: [N, C, h, w]. */
function middle(m: Module, x: Tensor, channels: number, { groups, middleAttention }: HalfConfig): Tensor {
  const norm = { groups, epsilon: EPSILON };
  const widths = { in: channels, out: channels };
  let h = resnet(m.at('resnets.0'), x, widths, norm); // [N, C, h, w]
  const parts = m.weights.target.provider === 'cpu' ? 1 : PARTS;
  if (middleAttention) h = pixelAttention(m.at('attentions.0'), h, channels, 1, norm, parts); // [N, C, h, w]
  return resnet(m.at('resnets.1'), h, widths, norm); // [N, C, h, w]
}

/** Tells tensors that belong to other parts of an autoencoder's file. */
export function belongsTo(...parts: string[]): (tensor: string) => boolean {
  return (tensor) => parts.some((part) => tensor.startsWith(`${part}.`));
}
