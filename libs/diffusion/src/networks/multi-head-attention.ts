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
  /** Whether each head has its turn, without a bias, so that the products of one only are in memory. @default false */
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
  if (fusedAttention) return op.attention(q, k, v, options.heads, options.bias);
  // The scale is on what is asked, of which there is never more than of what asks. Products are as small in half precision as
  // with half of it on either side.
  const scaled = op.scale(k, (options.width / options.heads) ** -0.5); // [N, S, width]
  return options.oneByOne ? headByHead(q, scaled, v, options) : allHeads(q, scaled, v, options);
}

/** Cut along the last axis, heads lie as products are computed of them: nothing but keys has to be turned. */
function headByHead(q: Tensor, k: Tensor, v: Tensor, { heads }: Heads): Tensor {
  const [asking, keys, values] = [q, k, v].map((x) => op.split(x, heads, 2)) as [Tensor[], Tensor[], Tensor[]];
  const answers = asking.map((own, i) => {
    const products = op.matmul(own, op.transpose(keys[i]!, [0, 2, 1])); // [N, L, S]
    return op.matmul(op.softmax(products), values[i]!); // [N, L, size]
  });
  return op.concat(answers, 2); // [N, L, width]
}

function allHeads(q: Tensor, k: Tensor, v: Tensor, { heads, bias }: Heads): Tensor {
  const apart = (x: Tensor, order: readonly number[]) => op.transpose(op.reshape(x, [0, 0, heads, -1]), order);
  const products = op.matmul(apart(q, [0, 2, 1, 3]), apart(k, [0, 2, 3, 1])); // [N, heads, L, S]
  const shares = op.softmax(bias ? op.add(products, bias) : products); // [N, heads, L, S]
  const answers = op.matmul(shares, apart(v, [0, 2, 1, 3])); // [N, heads, L, size]
  return op.reshape(op.transpose(answers, [0, 2, 1, 3]), [0, 0, -1]); // [N, L, width]
}
