import type { Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { attention } from './attention.js';
import { groupNorm, type GroupNorm } from './layers.js';
import type { Module } from './module.js';

/**
 * Attention of each pixel of x [N, C, H, W] to all others, beside a shortcut: [N, C, H, W].
 *
 * @param parts that the pixels ask in, one after the other
 */
export function pixelAttention(
  m: Module,
  x: Tensor,
  channels: number,
  heads: number,
  norm: GroupNorm,
  parts = 1,
): Tensor {
  return m.build(() => {
    const normal = groupNorm(m.at('group_norm'), x, channels, norm); // [N, C, H, W]
    const pixels = op.transpose(normal, [0, 2, 3, 1]); // [N, H, W, C]
    const rows = op.reshape(pixels, [-1, channels]); // [N * H * W, C]
    const widths = { query: channels, context: channels, heads };
    const seen = attention(m, rows, rows, op.shapeOf(x, 0, 1), widths, { bias: true, parts }); // [N * H * W, C]
    const back = op.reshapeLike(seen, op.shapeOf(pixels, 0, 4)); // [N, H, W, C]
    return op.add(op.transpose(back, [0, 3, 1, 2]), x); // [N, C, H, W]
  });
}
