import type { Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { layerNorm, linear } from './layers.js';
import type { Module } from './module.js';
import { multiHeadAttention } from './multi-head-attention.js';

/** A layer of one of CLIP's encoders. */
export interface ClipLayer {
  width: number;
  /** Width inside the feed-forward network. */
  innerWidth: number;
  heads: number;
  activation: 'quick_gelu' | 'gelu';
  epsilon: number;
}

/**
 * Attention, then a feed-forward network, each beside a shortcut, on rows x [N * L, width]: [N * L, width].
 *
 * @param batch N, as a tensor [1]
 * @param mask is added to the products: [1, 1, L, L]
 */
export function clipLayer(m: Module, x: Tensor, batch: Tensor, layer: ClipLayer, mask?: Tensor): Tensor {
  const { width, innerWidth, heads, epsilon, activation } = layer;
  const self = m.at('self_attn');
  const widths = { in: width, out: width };
  const activate = activation === 'gelu' ? op.gelu : op.quickGelu;

  const normal = layerNorm(m.at('layer_norm1'), x, width, epsilon); // [N * L, width]
  const perInput = (name: string) => op.reshape(linear(self.at(name), normal, widths), [batch, -1, width]);
  const [q, k, v] = [perInput('q_proj'), perInput('k_proj'), perInput('v_proj')]; // [N, L, width]
  const attend = () => multiHeadAttention(self, q, k, v, { heads, width, ...(mask && { bias: mask }) }); // [N, L, width]
  const seen = self.build(() => op.reshape(attend(), [-1, width])); // [N * L, width]
  const y = m.build(() => op.add(x, linear(self.at('out_proj'), seen, widths))); // [N * L, width]

  const again = layerNorm(m.at('layer_norm2'), y, width, epsilon); // [N * L, width]
  const inner = linear(m.at('mlp.fc1'), again, { in: width, out: innerWidth }); // [N * L, innerWidth]
  const outer = linear(
    m.at('mlp.fc2'),
    m.build(() => activate(inner)),
    { in: innerWidth, out: width },
  ); // [N * L, width]
  return m.build(() => op.add(y, outer)); // [N * L, width]
}
