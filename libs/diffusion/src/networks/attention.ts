import type { Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { linear } from './layers.js';
import type { Module } from './module.js';
import { multiHeadAttention } from './multi-head-attention.js';

export interface AttentionWidths {
  /** Channels of what asks. */
  query: number;
  /** Channels of what is asked. */
  context: number;
  heads: number;
}

/** Channels from which on a picture has so few pixels that all heads may look at them at once. */
const COARSE = 1280;

/** What is asked beside the context, with projections of its own. */
export interface Beside {
  /** Rows [N * T, width]. */
  rows: Tensor;
  width: number;
  /** What its answer is multiplied with, as a tensor []. */
  scale: Tensor;
}

/**
 * Multi-head attention, Vaswani et al. 2017, arXiv:1706.03762.
 *
 * @param x what asks: rows [N * L, query]
 * @param context what is asked: rows [N * S, context]
 * @param batch N, as a tensor [1]
 * @param options.bias whether the projections of query, key and value have a bias
 * @param options.parts that x is answered in, one after the other
 * @param options.beside pictures that are asked as well, Ye et al. 2023, arXiv:2308.06721
 * @returns rows [N * L, query]
 */
export function attention(
  m: Module,
  x: Tensor,
  context: Tensor,
  batch: Tensor,
  { query, context: asked, heads }: AttentionWidths,
  options: { bias: boolean; beside?: readonly Beside[]; parts?: number },
): Tensor {
  const perPicture = (rows: Tensor) => m.build(() => op.reshape(rows, [batch, -1, query]));
  const q = perPicture(linear(m.at('to_q', 'query'), x, { in: query, out: query }, options)); // [N, L, query]
  const k = perPicture(linear(m.at('to_k', 'key'), context, { in: asked, out: query }, options)); // [N, S, query]
  const v = perPicture(linear(m.at('to_v', 'value'), context, { in: asked, out: query }, options)); // [N, S, query]
  const oneByOne = context === x && query < COARSE;
  const manner = { heads, width: query, oneByOne, parts: options.parts };
  const answers = m.build(() => multiHeadAttention(m, q, k, v, manner)); // [N, L, query]
  const all = (options.beside ?? []).reduce((sum, { rows, width, scale }, i) => {
    const project = (name: string) =>
      perPicture(linear(m.at(`processor.${name}.${i}`), rows, { in: width, out: query }, { bias: false }));
    const [key, value] = [project('to_k_ip'), project('to_v_ip')]; // [N, T, query]
    const seen = () => multiHeadAttention(m, q, key, value, { heads, width: query }); // [N, L, query]
    return m.build(() => op.add(sum, op.mul(seen(), scale))); // [N, L, query]
  }, answers);
  const seen = m.build(() => op.reshape(all, [-1, query])); // [N * L, query]
  return linear(m.at('to_out.0', 'proj_attn'), seen, { in: query, out: query }); // [N * L, query]
}
