import type { DataType, Tensor } from './graph.js';
import { onnxType } from './onnx.js';

/** Operators that only this runtime has. */
const CONTRIB = 'com.microsoft';
/** Enlarging by repetition: pixel i comes from i / factor, rounded down. */
const NEAREST = { mode: 'nearest', nearest_mode: 'floor', coordinate_transformation_mode: 'asymmetric' };
/** Between the two nearest pixels, whose centres lie in the middle of them; torch's `bilinear` without aligned corners. */
const BILINEAR = { mode: 'linear', coordinate_transformation_mode: 'half_pixel' };

/** A size in a shape: a number, -1 for what is left, 0 for that of the input at the same place, or a tensor [1]. */
export type Size = number | Tensor;

export function add(a: Tensor, b: Tensor): Tensor {
  return a.graph.node('Add', [a, b], [a.type])[0]!;
}

export function sub(a: Tensor, b: Tensor): Tensor {
  return a.graph.node('Sub', [a, b], [a.type])[0]!;
}

export function mul(a: Tensor, b: Tensor): Tensor {
  return a.graph.node('Mul', [a, b], [a.type])[0]!;
}

/** x · sigmoid(x), also called swish: QuickGELU without its constant. */
export function silu(x: Tensor): Tensor {
  return x.graph.node('QuickGelu', [x], [x.type], { alpha: { float: 1 } }, CONTRIB)[0]!;
}

/** GELU with the error function, Hendrycks and Gimpel 2016, arXiv:1606.08415. */
export function gelu(x: Tensor): Tensor {
  return x.graph.node('Gelu', [x], [x.type], {}, CONTRIB)[0]!;
}

/** x · sigmoid(1.702 x), the approximation of GELU that CLIP was trained with. */
export function quickGelu(x: Tensor): Tensor {
  return x.graph.node('QuickGelu', [x], [x.type], { alpha: { float: 1.702 } }, CONTRIB)[0]!;
}

/** max(x, 0). */
export function relu(x: Tensor): Tensor {
  return x.graph.node('Relu', [x], [x.type])[0]!;
}

/** x where it is above 0, slope · x below. */
export function leakyRelu(x: Tensor, slope: number): Tensor {
  return x.graph.node('LeakyRelu', [x], [x.type], { alpha: { float: slope } })[0]!;
}

export function tanh(x: Tensor): Tensor {
  return x.graph.node('Tanh', [x], [x.type])[0]!;
}

/** factor · x. */
export function scale(x: Tensor, factor: number): Tensor {
  return mul(x, cast(x.graph.constant('F32', [factor], []), x.type));
}

/** x + summand. */
export function shift(x: Tensor, summand: number): Tensor {
  return add(x, cast(x.graph.constant('F32', [summand], []), x.type));
}

/** x Wᵀ + b, for x [M, K], W [N, K] and b [N]. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  return x.graph.node('Gemm', bias ? [x, weight, bias] : [x, weight], [x.type], { transB: 1 })[0]!;
}

/** a b, for a [..., M, K] and b [..., K, N]. */
export function matmul(a: Tensor, b: Tensor): Tensor {
  return a.graph.node('MatMul', [a, b], [a.type])[0]!;
}

export function div(a: Tensor, b: Tensor): Tensor {
  return a.graph.node('Div', [a, b], [a.type])[0]!;
}

/** Euclidean length of x over some axes, which stay with size 1. */
export function length(x: Tensor, axes: readonly number[]): Tensor {
  return x.graph.node('ReduceL2', [x, x.graph.constant('I64', axes)], [x.type], { keepdims: 1 })[0]!;
}

/** factor · a b + c, for a [M, K], b [K, N] and c [M, N]. */
export function gemm(a: Tensor, b: Tensor, c: Tensor, factor: number): Tensor {
  return a.graph.node('Gemm', [a, b, c], [a.type], { alpha: { float: factor } })[0]!;
}

export interface ConvOptions {
  kernel: number;
  /** @default 1 */
  stride?: number;
  /** Zeros put around: top, left, bottom, right. @default half the kernel, which keeps the size at stride 1 */
  padding?: readonly [number, number, number, number];
}

/** Convolution of x [N, C, H, W] with weight [O, C, kernel, kernel] and bias [O]. */
export function conv(x: Tensor, weight: Tensor, bias: Tensor | undefined, options: ConvOptions): Tensor {
  const { kernel, stride = 1, padding } = options;
  const half = kernel >> 1;
  return x.graph.node('Conv', bias ? [x, weight, bias] : [x, weight], [x.type], {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: padding ?? [half, half, half, half],
  })[0]!;
}

/** Normalizes each row of x [N, G, ...] over what follows its first two axes, to mean 0 and variance 1. */
export function instanceNormalization(x: Tensor, groups: number, epsilon: number): Tensor {
  const ones = cast(x.graph.constant('F32', new Array<number>(groups).fill(1)), x.type);
  const zeros = cast(x.graph.constant('F32', new Array<number>(groups).fill(0)), x.type);
  return x.graph.node('InstanceNormalization', [x, ones, zeros], [x.type], { epsilon: { float: epsilon } })[0]!;
}

/**
 * Normalizes over the axes from `axis` on, then scales and shifts. The CPU provider broadcasts scale and shift, and
 * computes the moments in double precision.
 */
export function layerNormalization(x: Tensor, weight: Tensor, bias: Tensor, epsilon: number, axis = -1): Tensor {
  const attributes = { axis, epsilon: { float: epsilon } };
  return x.graph.node('LayerNormalization', [x, weight, bias], [x.type], attributes)[0]!;
}

/** x + change, and that normalized over the last axis, as `layerNormalization` does it. */
export function addAndNormalize(
  x: Tensor,
  change: Tensor,
  weight: Tensor,
  bias: Tensor,
  epsilon: number,
): { sum: Tensor; normal: Tensor } {
  const types = new Array<DataType>(4).fill(x.type);
  const attributes = { epsilon: { float: epsilon } };
  const inputs = [x, change, weight, bias];
  // Mean and deviation are given to training only.
  const [normal, , , sum] = x.graph.node('SkipLayerNormalization', inputs, types, attributes, CONTRIB, [1, 2]);
  return { sum: sum!, normal: normal! };
}

/**
 * Scaled dot-product attention of q [N, L, C] over k and v [N, S, C], in `heads` heads of C / heads: [N, L, C].
 *
 * @param bias is added to the products: [1, 1, L, S]
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, heads: number, bias?: Tensor): Tensor {
  const inputs = bias ? [q, k, v, undefined, undefined, bias] : [q, k, v];
  return q.graph.node('MultiHeadAttention', inputs, [q.type], { num_heads: heads }, CONTRIB)[0]!;
}

export function reshape(x: Tensor, sizes: readonly Size[]): Tensor {
  return x.graph.node('Reshape', [x, shapeTensor(x, sizes)], [x.type])[0]!;
}

/** Reshapes x like another tensor. */
export function reshapeLike(x: Tensor, shape: Tensor): Tensor {
  return x.graph.node('Reshape', [x, shape], [x.type])[0]!;
}

export function transpose(x: Tensor, order: readonly number[]): Tensor {
  return x.graph.node('Transpose', [x], [x.type], { perm: order })[0]!;
}

export function concat(tensors: readonly Tensor[], axis: number): Tensor {
  const { graph, type } = tensors[0]!;
  return graph.node('Concat', tensors, [type], { axis })[0]!;
}

/** Cuts the last axis into two halves. */
export function halves(x: Tensor): [Tensor, Tensor] {
  return x.graph.node('Split', [x], [x.type, x.type], { axis: -1, num_outputs: 2 }) as [Tensor, Tensor];
}

/** Cuts x along an axis into parts of the same size, the last of which may be smaller. */
export function split(x: Tensor, parts: number, axis = 0): Tensor[] {
  const types = new Array<DataType>(parts).fill(x.type);
  return x.graph.node('Split', [x], types, { axis, num_outputs: parts });
}

/** The first entries of an axis of x, as many as `count` [1] says. */
export function firstOf(x: Tensor, count: Tensor, axis: number): Tensor {
  const at = (value: number) => x.graph.constant('I64', [value]);
  return x.graph.node('Slice', [x, at(0), count, at(axis)], [x.type])[0]!;
}

/**
 * Moves each square of `size` by `size` pixels of x [N, C, H, W] into channels: [N, C * size², H / size, W / size]. The
 * channels of one channel of x stay together.
 */
export function unshuffle(x: Tensor, channels: number, size: number): Tensor {
  // SpaceToDepth would keep the channels of a pixel together: each channel is given to it as a picture of its own.
  const planes = reshape(x, [-1, 1, 0, 0]); // [N * C, 1, H, W]
  const squares = x.graph.node('SpaceToDepth', [planes], [x.type], { blocksize: size })[0]!; // [N * C, size², h, w]
  return reshape(squares, [-1, channels * size ** 2, 0, 0]);
}

/** Halves height and width of x [N, C, H, W], rounding up, to the mean of each two by two pixels that are there. */
export function averageHalf(x: Tensor): Tensor {
  const attributes = { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 1, count_include_pad: 0 };
  return x.graph.node('AveragePool', [x], [x.type], attributes)[0]!;
}

/** The largest of each three by three pixels of x [N, C, H, W], at every second place: [N, C, ⌈H / 2⌉, ⌈W / 2⌉]. */
export function maxPoolHalf(x: Tensor): Tensor {
  const attributes = { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] };
  return x.graph.node('MaxPool', [x], [x.type], attributes)[0]!;
}

/** Normalizes the channels of x [N, C, H, W] by what training found their means and variances [C] to be, then scales and shifts. */
export function batchNormalization(
  x: Tensor,
  { weight, bias, mean, variance }: Record<'weight' | 'bias' | 'mean' | 'variance', Tensor>,
  epsilon: number,
): Tensor {
  return x.graph.node('BatchNormalization', [x, weight, bias, mean, variance], [x.type], {
    epsilon: { float: epsilon },
  })[0]!;
}

/** Softmax over the last axis. */
export function softmax(x: Tensor): Tensor {
  return x.graph.node('Softmax', [x], [x.type], { axis: -1 })[0]!;
}

export function sqrt(x: Tensor): Tensor {
  return x.graph.node('Sqrt', [x], [x.type])[0]!;
}

/** Mean of each channel of x [N, C, H, W]: [N, C, 1, 1]. */
export function averageAll(x: Tensor): Tensor {
  return x.graph.node('GlobalAveragePool', [x], [x.type])[0]!;
}

/** Rows of a table [R, ...] by their indices, along its first axis. */
export function gather(table: Tensor, indices: Tensor): Tensor {
  return table.graph.node('Gather', [table, indices], [table.type])[0]!;
}

/** x with the entries of an axis, which has `size` of them, in reverse order. */
export function reverse(x: Tensor, axis: number, size: number): Tensor {
  const order = x.graph.constant(
    'I64',
    Array.from({ length: size }, (_, i) => size - 1 - i),
  );
  return x.graph.node('Gather', [x, order], [x.type], { axis })[0]!;
}

/** The first entry of each row of x [N, L, C]: [N, C]. */
export function firstOfRows(x: Tensor): Tensor {
  return x.graph.node('Gather', [x, x.graph.constant('I64', [0], [])], [x.type], { axis: 1 })[0]!;
}

/** Sum of the squares of each row of x [N, C]: [N, 1]. */
export function sumSquares(x: Tensor): Tensor {
  return x.graph.node('ReduceSumSquare', [x, x.graph.constant('I64', [-1])], [x.type], { keepdims: 1 })[0]!;
}

/** Each row of x [N, C] divided by its length. */
export function unitRows(x: Tensor): Tensor {
  return x.graph.node('LpNormalization', [x], [x.type], { axis: -1, p: 2 })[0]!;
}

/** x repeated along its axes of size 1. */
export function expand(x: Tensor, sizes: readonly Size[]): Tensor {
  return x.graph.node('Expand', [x, shapeTensor(x, sizes)], [x.type])[0]!;
}

/** The integers of x where they are above `limit`, else `limit`. */
export function atLeast(x: Tensor, limit: number): Tensor {
  return x.graph.node('Max', [x, x.graph.constant('I64', [limit], [])], ['I64'])[0]!;
}

/** The integers of x where they are below `limit`, else `limit`. */
export function atMost(x: Tensor, limit: number): Tensor {
  return x.graph.node('Min', [x, x.graph.constant('I64', [limit], [])], ['I64'])[0]!;
}

/** Integers less `subtrahend`. */
export function minus(x: Tensor, subtrahend: number): Tensor {
  return x.graph.node('Sub', [x, x.graph.constant('I64', [subtrahend], [])], ['I64'])[0]!;
}

/** The rows of `below` where an integer of x [N, L] is below `limit`, and those of `others` elsewhere: [N, L, C]. */
export function whereBelow(x: Tensor, limit: number, below: Tensor, others: Tensor): Tensor {
  const { graph } = x;
  const [isBelow] = graph.node('Less', [x, graph.constant('I64', [limit], [])], ['BOOL']);
  const [column] = graph.node('Unsqueeze', [isBelow, graph.constant('I64', [-1])], ['BOOL']);
  return graph.node('Where', [column, below, others], [below.type])[0]!;
}

/** One entry per row of x [N, L, C], at its index [N, 1]: [N, C]. */
export function gatherRows(x: Tensor, indices: Tensor): Tensor {
  return x.graph.node('GatherND', [x, indices], [x.type], { batch_dims: 1 })[0]!;
}

/** Index of the largest value of each row of x [N, L], the first of equal ones: [N, 1]. */
export function argMax(x: Tensor): Tensor {
  return x.graph.node('ArgMax', [x], ['I64'], { axis: -1, keepdims: 1 })[0]!;
}

/** Whether each integer equals `value`, as 1 or 0. */
export function equals(x: Tensor, value: number): Tensor {
  const equal = x.graph.node('Equal', [x, x.graph.constant('I64', [value], [])], ['BOOL'])[0]!;
  return cast(equal, 'I32');
}

/** Puts the last rows and columns of x [N, C, H, W] before the first, and the first behind the last: `size` of each. */
export function wrap(x: Tensor, size: number): Tensor {
  const pads = x.graph.constant('I64', [0, 0, size, size, 0, 0, size, size]);
  return x.graph.node('Pad', [x, pads], [x.type], { mode: 'wrap' })[0]!;
}

/** Puts `count` channels of zeros behind those of x [N, C, H, W]. */
export function padChannels(x: Tensor, count: number): Tensor {
  return x.graph.node('Pad', [x, x.graph.constant('I64', [0, 0, 0, 0, 0, count, 0, 0])], [x.type])[0]!;
}

/** Repeats the pixels of x [N, C, H, W] up to the height and width of `like`, which are at most twice as large. */
export function enlarge(x: Tensor, like: Tensor): Tensor {
  return x.graph.node('Resize', [x, undefined, undefined, shapeOf(like, 2, 4)], [x.type], {
    axes: [2, 3],
    ...NEAREST,
  })[0]!;
}

/** Doubles height and width of x [N, C, H, W] by repeating its pixels. */
export function enlargeTwice(x: Tensor): Tensor {
  return x.graph.node('Resize', [x, undefined, x.graph.constant('F32', [1, 1, 2, 2])], [x.type], NEAREST)[0]!;
}

/** Brings height and width of x [N, C, H, W] to `factor` times theirs, a straight line between any two pixels. */
export function resizeBilinear(x: Tensor, factor: number): Tensor {
  const factors = x.graph.constant('F32', [1, 1, factor, factor]);
  return x.graph.node('Resize', [x, undefined, factors], [x.type], BILINEAR)[0]!;
}

/** Sizes of x, from axis `start` up to but without axis `end`. */
export function shapeOf(x: Tensor, start: number, end: number): Tensor {
  const key = `shape of ${x.name} from ${start} to ${end}`;
  return x.graph.once(key, () => x.graph.node('Shape', [x], ['I64'], { start, end })[0]!);
}

/** x in another element type; x itself where it has that already. */
export function cast(x: Tensor, type: DataType): Tensor {
  if (x.type === type) return x;
  return x.graph.once(`${x.name} in ${type}`, () => x.graph.node('Cast', [x], [type], { to: onnxType(type) })[0]!);
}

function shapeTensor({ graph }: Tensor, sizes: readonly Size[]): Tensor {
  if (sizes.every((size) => typeof size === 'number')) return graph.constant('I64', sizes);
  const parts = sizes.map((size) => (typeof size === 'number' ? graph.constant('I64', [size]) : size));
  return graph.once(`shape ${parts.map(({ name }) => name).join(', ')}`, () => concat(parts, 0));
}
