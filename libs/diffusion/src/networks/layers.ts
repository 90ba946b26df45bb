import type { Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import type { Module } from './module.js';

export interface Widths {
  in: number;
  out: number;
}

/** A fully connected layer on the rows of x [M, in]: [M, out]. */
export function linear(m: Module, x: Tensor, widths: Widths, options: { bias?: boolean } = {}): Tensor {
  const weight = m.weight([widths.out, widths.in]);
  const bias = (options.bias ?? true) ? m.bias(widths.out) : undefined;
  return m.build(() => op.linear(x, weight, bias)); // [M, out]
}

/** Two linear layers with SiLU between, on rows x [M, inner]: [M, width]. */
export function twoLayers(m: Module, x: Tensor, inner: number, width: number): Tensor {
  const hidden = linear(m.at('linear_1'), x, { in: inner, out: width }); // [M, width]
  return linear(
    m.at('linear_2'),
    m.build(() => op.silu(hidden)),
    { in: width, out: width },
  ); // [M, width]
}

/** A convolution of x [N, in, H, W]: [N, out, H / stride, W / stride]. */
export function conv(m: Module, x: Tensor, shape: Widths & op.ConvOptions & { bias?: boolean }): Tensor {
  const { in: from, out, bias = true, ...options } = shape;
  const weight = m.weight([out, from, options.kernel, options.kernel]);
  const half = options.kernel >> 1;
  const wraps = m.weights.target.seamless && half > 0 && !options.padding;
  const around = wraps ? m.build(() => op.wrap(x, half)) : x; // [N, in, H + 2 half, W + 2 half]
  const shaped = wraps ? { ...options, padding: [0, 0, 0, 0] as const } : options;
  const zeros = m.weights.target.provider === 'webgpu' && half > 0 ? channelsMissing(from) : 0;
  const wide = (tensor: Tensor) => (zeros > 0 ? op.padChannels(tensor, zeros) : tensor);
  return m.build(() => op.conv(wide(around), wide(weight), bias ? m.bias(out) : undefined, shaped)); // [N, out, H', W']
}

/**
 * Channels to put behind `count` before ONNX Runtime's WebGPU provider 1.30 convolves them: it takes multiples of 3 that
 * are none of 4 three at a time, and gives noise for 6 or 9 of them.
 */
function channelsMissing(count: number): number {
  return count > 3 && count % 3 === 0 && count % 4 !== 0 ? 4 - (count % 4) : 0;
}

/** What a group normalization needs to know. */
export interface GroupNorm {
  groups: number;
  epsilon: number;
}

/** Group normalization of x [N, C, H, W], Wu and He 2018, arXiv:1803.08494. */
export function groupNorm(m: Module, x: Tensor, channels: number, norm: GroupNorm): Tensor {
  const form = m.weights.target.provider === 'cpu' ? groupNormAtOnce : groupNormInParts;
  return m.build(() => form(m, x, channels, norm)); // [N, C, H, W]
}

/**
 * One node that normalizes, scales and shifts. On a CPU as fast as the parts (2 x 320 x 64 x 64 in 32 groups: 3.9
 * against 4.9 ms), and exact to 3e-8 where the parts lose up to 1e-5 on large groups.
 */
function groupNormAtOnce(m: Module, x: Tensor, channels: number, { groups, epsilon }: GroupNorm): Tensor {
  const view = [1, groups, channels / groups, 1];
  const [weight, bias] = [m.weight([channels], view), m.bias(channels, view)]; // [1, G, C / G, 1]
  const grouped = op.reshape(x, [0, groups, channels / groups, -1]); // [N, G, C / G, H * W]
  const y = op.layerNormalization(grouped, weight, bias, epsilon, 2); // [N, G, C / G, H * W]
  return op.reshapeLike(y, op.shapeOf(x, 0, 4)); // [N, C, H, W]
}

/**
 * The one epsilon of all instance normalizations. ONNX Runtime's WebGPU provider 1.30 writes it into a program that it then
 * takes for every other of as many groups, whatever their epsilon, also in other networks: U-Nets have two, 1e-5 and 1e-6.
 */
const SHARED_EPSILON = 1e-5;

/**
 * The same in operators that every provider has. The moments are computed in float32: in half precision WebGPU is 1.6 % off
 * where the mean is 50 times the deviation.
 */
function groupNormInParts(m: Module, x: Tensor, channels: number, { groups, epsilon }: GroupNorm): Tensor {
  // The width stays an axis of its own, so that no shape has to be computed at run time.
  const grouped = op.cast(op.reshape(x, [0, groups, -1, 0]), 'F32'); // [N, G, C / G * H, W]
  // k (x - mean) / √(k² variance + shared epsilon) is (x - mean) / √(variance + epsilon).
  const k = Math.sqrt(SHARED_EPSILON / epsilon);
  const stretched = k === 1 ? grouped : op.scale(grouped, k); // [N, G, C / G * H, W]
  const moments = op.cast(op.instanceNormalization(stretched, groups, SHARED_EPSILON), x.type); // [N, G, C / G * H, W]
  const normal = op.reshape(moments, [0, channels, -1, 0]); // [N, C, H, W]
  const view = [channels, 1, 1];
  return op.add(op.mul(normal, m.weight([channels], view)), m.bias(channels, view)); // [N, C, H, W]
}

/** Layer normalization over the last axis of x [..., C], Ba et al. 2016, arXiv:1607.06450. */
export function layerNorm(m: Module, x: Tensor, width: number, epsilon: number): Tensor {
  return m.build(() => op.layerNormalization(x, m.weight([width]), m.bias(width), epsilon)); // [..., C]
}

/**
 * Rows x [M, C] with a change [M, C] added, and the layer normalization called `name` of that. WebGPU does both in one launch,
 * whose threads read as those of its layer normalization do; elsewhere they are two nodes.
 */
export function addAndNorm(
  m: Module,
  name: string,
  [x, change]: readonly [Tensor, Tensor],
  width: number,
  epsilon: number,
): { sum: Tensor; normal: Tensor } {
  const norm = m.at(name);
  if (m.weights.target.provider === 'webgpu') {
    return norm.build(() => op.addAndNormalize(x, change, norm.weight([width]), norm.bias(width), epsilon)); // [M, C] each
  }
  const sum = m.build(() => op.add(x, change)); // [M, C]
  return { sum, normal: layerNorm(norm, sum, width, epsilon) };
}
