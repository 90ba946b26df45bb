import type { Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { linear } from './layers.js';
import type { Module } from './module.js';

export interface AttentionWidths {
  /** Channels of what asks. */
  query: number;
  /** Channels of what is asked. */
  context: number;
  heads: number;
}

/**
 * Multi-head attention, Vaswani et al. 2017, arXiv:1706.03762.
 *
 * @param x what asks: rows [N * L, query]
 * @param context what is asked: rows [N * S, context]
 * @param batch N, as a tensor [1]
 * @param options.bias whether the projections of query, key and value have a bias
 * @returns rows [N * L, query]
 */
export function attention(
  m: Module,
  x: Tensor,
  context: Tensor,
  batch: Tensor,
  { query, context: asked, heads }: AttentionWidths,
  options: { bias: boolean },
): Tensor {
  const perPicture = (rows: Tensor) => m.build(() => op.reshape(rows, [batch, -1, query]));
  const q = perPicture(linear(m.at('to_q', 'query'), x, { in: query, out: query }, options)); // [N, L, query]
  const k = perPicture(linear(m.at('to_k', 'key'), context, { in: asked, out: query }, options)); // [N, S, query]
  const v = perPicture(linear(m.at('to_v', 'value'), context, { in: asked, out: query }, options)); // [N, S, query]
  const seen = m.build(() => op.reshape(op.attention(q, k, v, heads), [-1, query])); // [N * L, query]
  return linear(m.at('to_out.0', 'proj_attn'), seen, { in: query, out: query }); // [N * L, query]
}
