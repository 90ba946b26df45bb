import type { Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { attention, type Beside } from './attention.js';
import { addAndNorm, groupNorm, layerNorm, linear } from './layers.js';
import type { Module } from './module.js';

export interface TransformerShape {
  channels: number;
  heads: number;
  /** Transformer blocks, one after the other. */
  depth: number;
  /** Width of the text. */
  contextWidth: number;
  /** Whether the first attention, too, asks the text instead of the picture. */
  onlyCrossAttention: boolean;
  /** Parts that rows go through the feed-forward network in, one after the other, to save memory. @default 1 */
  parts?: number;
}

/** Text that the pictures of a batch are drawn to. */
export interface Context {
  /** Rows [N * S, contextWidth]. */
  rows: Tensor;
  /** N, as a tensor [1]. */
  batch: Tensor;
  /** Pictures that are asked as well. */
  beside?: readonly Beside[];
}

const WITHOUT_BIAS = { bias: false };
const LAYER_NORM_EPSILON = 1e-5;
/** Not the U-Net's own epsilon: it is fixed in the reference. */
const GROUP_NORM_EPSILON = 1e-6;

/**
 * Lets every pixel of x [N, C, H, W] attend to the others and to the text: [N, C, H, W]. Whether the checkpoint calls the
 * projections around the blocks linear layers or convolutions of one pixel makes no difference on rows.
 */
export function transformer(m: Module, x: Tensor, context: Context, shape: TransformerShape, groups: number): Tensor {
  const { channels, depth } = shape;
  const widths = { in: channels, out: channels };

  const normal = groupNorm(m.at('norm'), x, channels, { groups, epsilon: GROUP_NORM_EPSILON }); // [N, C, H, W]
  const pixels = m.build(() => op.transpose(normal, [0, 2, 3, 1])); // [N, H, W, C]
  let rows = m.build(() => op.reshape(pixels, [-1, channels])); // [N * H * W, C]
  rows = linear(m.at('proj_in'), rows, widths); // [N * H * W, C]
  const batch = op.shapeOf(x, 0, 1); // [1]
  for (let i = 0; i < depth; i++) rows = block(m.at(`transformer_blocks.${i}`), rows, batch, context, shape); // [N * H * W, C]
  rows = linear(m.at('proj_out'), rows, widths); // [N * H * W, C]
  const back = m.build(() => op.reshapeLike(rows, op.shapeOf(pixels, 0, 4))); // [N, H, W, C]
  return m.build(() => op.add(op.transpose(back, [0, 3, 1, 2]), x)); // [N, C, H, W]
}

/**
 * Attention among the rows x [N * L, C], attention to the text, and a feed-forward network, each beside a shortcut.
 *
 * @param batch N, as a tensor [1]; it may be a multiple of that of the text, which several pictures in a row then share
 */
function block(m: Module, x: Tensor, batch: Tensor, context: Context, shape: TransformerShape): Tensor {
  const { channels, heads, contextWidth, onlyCrossAttention, parts = 1 } = shape;
  const toItself = { query: channels, context: channels, heads };
  const toText = { query: channels, context: contextWidth, heads };
  const plus = (rows: Tensor, change: Tensor, norm: string) =>
    addAndNorm(m, norm, [rows, change], channels, LAYER_NORM_EPSILON); // [N * L, C] each

  const h = layerNorm(m.at('norm1'), x, channels, LAYER_NORM_EPSILON); // [N * L, C]
  const first = onlyCrossAttention
    ? attention(m.at('attn1'), h, context.rows, context.batch, toText, WITHOUT_BIAS)
    : attention(m.at('attn1'), h, h, batch, toItself, WITHOUT_BIAS); // [N * L, C]
  const y = plus(x, first, 'norm2'); // [N * L, C]
  const asked = { ...WITHOUT_BIAS, beside: context.beside };
  const second = attention(m.at('attn2'), y.normal, context.rows, context.batch, toText, asked); // [N * L, C]
  const z = plus(y.sum, second, 'norm3'); // [N * L, C]
  const change = inParts(z.normal, parts, (rows) => feedForward(m.at('ff.net'), rows, channels)); // [N * L, C]
  return m.build(() => op.add(z.sum, change)); // [N * L, C]
}

/** What `build` makes of x [M, ...], of equal parts of it one after the other. */
export function inParts(x: Tensor, parts: number, build: (part: Tensor) => Tensor): Tensor {
  return parts === 1 ? build(x) : op.concat(op.split(x, parts).map(build), 0);
}

/** A feed-forward network with a gated unit (GEGLU, Shazeer 2020, arXiv:2002.05202) on rows x [M, C]: [M, C]. */
export function feedForward(m: Module, x: Tensor, channels: number): Tensor {
  const inner = 4 * channels;
  const both = linear(m.at('0.proj'), x, { in: channels, out: 2 * inner }); // [M, 2 * inner]
  const gated = m.build(() => {
    const [value, gate] = op.halves(both); // [M, inner]
    return op.mul(value, op.gelu(gate)); // [M, inner]
  });
  return linear(m.at('2'), gated, { in: inner, out: channels }); // [M, C]
}
