import type { Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import type { Module } from './module.js';
import type { Target } from './weights.js';

export interface Heads {
  heads: number;
  /** Channels of all heads together. */
  width: number;
  /** Is added to the products: [1, 1, L, S]. */
  bias?: Tensor;
  /** Whether each head has its turn, so that the products of one only are in memory. @default false */
  oneByOne?: boolean;
  /** Parts that the rows that ask go through in, one after the other, for the same reason. @default 1 */
  parts?: number;
}

/**
 * Scaled dot-product attention of q [N, L, width] over k and v [N, S, width]: [N, L, width]. It is one node where the
 * provider computes that rightly: ONNX Runtime's WebGPU provider 1.30 is 4 to 26 % off on devices that compute in groups
 * of 4 or 8 lanes, as Vulkan on a CPU does.
 */
export function multiHeadAttention(m: Module, q: Tensor, k: Tensor, v: Tensor, options: Heads): Tensor {
  return attentionFor(m.weights.target, q, k, v, options);
}

/** The same outside of a network. */
export function attentionFor(target: Target, q: Tensor, k: Tensor, v: Tensor, options: Heads): Tensor {
  const { parts = 1, ...whole } = options;
  if (parts > 1) {
    const answers = op.split(q, parts, 1).map((part) => attentionFor(target, part, k, v, whole)); // [N, L / parts, width]
    return op.concat(answers, 1); // [N, L, width]
  }
  const { provider, fusedAttention = provider === 'cpu' } = target;
  return fusedAttention ? op.attention(q, k, v, options.heads, options.bias) : inParts(q, k, v, options);
}

function inParts(q: Tensor, k: Tensor, v: Tensor, { heads, width, bias, oneByOne = false }: Heads): Tensor {
  // Half of the scale on either side: the products of half precision stay small.
  const scale = (width / heads) ** -0.25;
  const apart = (x: Tensor, order: readonly number[]) => op.transpose(op.reshape(x, [0, 0, heads, -1]), order);
  const asked = op.scale(apart(q, [0, 2, 1, 3]), scale); // [N, heads, L, size]
  const keys = op.scale(apart(k, [0, 2, 3, 1]), scale); // [N, heads, size, S]
  const values = apart(v, [0, 2, 1, 3]); // [N, heads, S, size]
  const answer = (own: Tensor, key: Tensor, value: Tensor) => {
    const products = op.matmul(own, key); // [N, heads, L, S]
    return op.matmul(op.softmax(bias ? op.add(products, bias) : products), value); // [N, heads, L, size]
  };
  const parts = oneByOne ? heads : 1;
  const [ownOf, keyOf, valueOf] = [asked, keys, values].map((x) => (parts === 1 ? [x] : op.split(x, parts, 1)));
  const answers = ownOf!.map((own, i) => answer(own, keyOf![i]!, valueOf![i]!)); // [N, heads / parts, L, size]
  const all = parts === 1 ? answers[0]! : op.concat(answers, 1); // [N, heads, L, size]
  return op.reshape(op.transpose(all, [0, 2, 1, 3]), [0, 0, -1]); // [N, L, width]
}
