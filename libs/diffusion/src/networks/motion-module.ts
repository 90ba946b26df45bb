import type { Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { attention } from './attention.js';
import { groupNorm, layerNorm, linear } from './layers.js';
import type { Module } from './module.js';
import { feedForward, inParts } from './transformer.js';

export interface MotionModuleShape {
  channels: number;
  heads: number;
  /** Transformer blocks, one after the other. */
  depth: number;
  /** Most frames that it knows places for. */
  length: number;
  groups: number;
  /** Parts that pixels go through the blocks in, one after the other, to save memory. */
  parts: number;
}

const LAYER_NORM_EPSILON = 1e-5;
/** Not the U-Net's own epsilon: it is fixed in the reference. */
const GROUP_NORM_EPSILON = 1e-6;

/** How pictures of a batch are frames of clips: both as tensors [1]. */
export interface Clips {
  /** N */
  count: Tensor;
  /** F, of each clip. */
  frames: Tensor;
}

/** Lets each pixel attend to itself in the other frames of its clip, on x [N * F, C, H, W]: [N * F, C, H, W]. */
export function motionModule(m: Module, x: Tensor, { count, frames }: Clips, shape: MotionModuleShape): Tensor {
  const { channels, groups, depth, parts } = shape;
  const widths = { in: channels, out: channels };
  return m.build(() => {
    const clips = op.reshape(x, [count, frames, channels, -1]); // [N, F, C, H * W]
    const moving = op.transpose(clips, [0, 2, 1, 3]); // [N, C, F, H * W]
    const normal = groupNorm(m.at('norm'), moving, channels, { groups, epsilon: GROUP_NORM_EPSILON }); // [N, C, F, H * W]
    const pixels = op.transpose(normal, [0, 3, 2, 1]); // [N, H * W, F, C]
    const lines = op.reshape(pixels, [-1, frames, channels]); // [N * H * W, F, C]
    const moved = inParts(lines, parts, (part) => {
      let rows = linear(m.at('proj_in'), op.reshape(part, [-1, channels]), widths); // [P * F, C]
      for (let i = 0; i < depth; i++) {
        rows = block(m.at(`transformer_blocks.${i}`), rows, op.shapeOf(part, 0, 1), frames, shape); // [P * F, C]
      }
      return linear(m.at('proj_out'), rows, widths); // [P * F, C]
    }); // [N * H * W * F, C]
    const back = op.reshapeLike(moved, op.shapeOf(pixels, 0, 4)); // [N, H * W, F, C]
    return op.add(op.reshapeLike(op.transpose(back, [0, 2, 3, 1]), op.shapeOf(x, 0, 4)), x); // [N * F, C, H, W]
  });
}

/**
 * Attention among the frames of each pixel, twice, and a feed-forward network, each beside a shortcut, on rows x
 * [P * F, C]: [P * F, C].
 */
function block(m: Module, x: Tensor, pixels: Tensor, frames: Tensor, shape: MotionModuleShape): Tensor {
  const { channels, heads, length } = shape;
  const widths = { query: channels, context: channels, heads };
  const places = op.firstOf(positions(m, length, channels), frames, 0); // [F, C]
  const norm = (name: string, rows: Tensor) => layerNorm(m.at(name), rows, channels, LAYER_NORM_EPSILON); // [P * F, C]
  const among = (name: string, rows: Tensor) => {
    const placed = op.reshape(op.add(op.reshape(rows, [pixels, -1, channels]), places), [-1, channels]); // [P * F, C]
    return attention(m.at(name), placed, placed, pixels, widths, { bias: false }); // [P * F, C]
  };
  return m.build(() => {
    const y = op.add(x, among('attn1', norm('norm1', x))); // [P * F, C]
    const z = op.add(y, among('attn2', norm('norm2', y))); // [P * F, C]
    return op.add(z, feedForward(m.at('ff.net'), norm('norm3', z), channels)); // [P * F, C]
  });
}

/** Where in its clip a frame is, for each place: what the file holds, or waves [length, C]. */
function positions(m: Module, length: number, channels: number): Tensor {
  const { weights, graph } = m;
  if (m.has('pos_embed.pe')) return m.parameter('pos_embed.pe', [1, length, channels], [length, channels]); // [length, C]
  const values = Array.from({ length: length * channels }, (_, i) => {
    const [place, channel] = [Math.floor(i / channels), i % channels];
    const phase = Math.fround(
      place * Math.fround(Math.exp((channel - (channel % 2)) * (-Math.log(10_000) / channels))),
    );
    return channel % 2 === 0 ? Math.sin(phase) : Math.cos(phase);
  });
  return op.cast(graph.constant('F32', values, [length, channels], `places ${channels}`), weights.target.precision);
}
