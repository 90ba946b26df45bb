import { CheckpointError } from '../checkpoint/checkpoint-error.js';
import type { TensorLocation } from '../checkpoint/weight-files.js';
import type { Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';

/** How much a change counts. */
interface Amount {
  /** alpha / rank. */
  scale: number;
  /** What the user multiplies the change with. @default 1 */
  strength?: number;
  /** Lengths that the rows (or columns) of the changed weight are brought to: DoRA, Liu et al. 2024, arXiv:2402.09353. */
  magnitude?: TensorLocation;
}

/** A low-rank change of one module's weight, Hu et al. 2021, arXiv:2106.09685: W + scale · up · down. */
export interface LowRankChange extends Amount {
  /** [rank, in], or [rank, in, kernel, kernel] for a convolution. */
  down: TensorLocation;
  /** [out, rank], with ones behind for a convolution. */
  up: TensorLocation;
  /** Between both, [rank, rank, kernel, kernel], where the kernel is in neither: LoCon. */
  mid?: TensorLocation;
}

/** A matrix, or two whose product it is; with a core that holds the kernel of a convolution, a and b are the other way round. */
export type Factor = { whole: TensorLocation } | { a: TensorLocation; b: TensorLocation; core?: TensorLocation };

/** A change by the product of two factors, entry by entry (LoHa) or block by block (LoKr), arXiv:2309.14859. */
export interface FactoredChange extends Amount {
  kind: 'hadamard' | 'kronecker';
  factors: readonly [Factor, Factor];
}

export type WeightChange = LowRankChange | FactoredChange;

/** Hands out a tensor of a change's file, in float32, in a shape that its elements fill. */
export type PartReader = (location: TensorLocation, shape: readonly number[]) => Tensor;

/** The shape of a weight: [out, in, kernel elements]. */
export interface WeightShape {
  out: number;
  in: number;
  kernel: number;
}

/**
 * A weight [out, in · kernel] with a change. Throws CheckpointError where the change does not fit.
 *
 * @param name of the weight, for an error
 */
export function withChange(
  name: string,
  weight: Tensor,
  change: WeightChange,
  shape: WeightShape,
  read: PartReader,
): Tensor {
  const { scale, strength = 1, magnitude } = change;
  if (!magnitude && 'down' in change && !change.mid)
    return lowRank(name, weight, change, shape, read, scale * strength);
  const delta = deltaOf(name, change, shape, read); // [out, in * kernel]
  if (!magnitude) return op.add(weight, op.scale(delta, scale * strength)); // [out, in * kernel]
  const changed = op.add(weight, op.scale(delta, scale)); // [out, in * kernel]
  const directed = withMagnitude(changed, magnitude, shape, read); // [out, in * kernel]
  // As ComfyUI and AUTOMATIC1111 do it: a part of the way to the whole change.
  return strength === 1 ? directed : op.add(op.scale(weight, 1 - strength), op.scale(directed, strength));
}

function lowRank(
  name: string,
  weight: Tensor,
  { down, up }: LowRankChange,
  { out, in: from, kernel }: WeightShape,
  read: PartReader,
  factor: number,
): Tensor {
  const [rank, columns] = [down.shape[0] ?? 0, from * kernel];
  if (rank === 0 || !fills(down, rank * columns) || up.shape[0] !== out || !fills(up, out * rank)) {
    refuse(name, [up, down], [out, columns]);
  }
  return op.gemm(read(up, [out, rank]), read(down, [rank, columns]), weight, factor); // [out, in * kernel]
}

/** What is added to a weight at scale 1: [out, in · kernel]. */
function deltaOf(name: string, change: WeightChange, shape: WeightShape, read: PartReader): Tensor {
  const { out, in: from, kernel } = shape;
  if ('down' in change) {
    const { up, down, mid } = change;
    const rank = down.shape[0] ?? 0;
    if (!mid) {
      if (rank === 0 || !fills(down, rank * from * kernel) || !fills(up, out * rank))
        refuse(name, [up, down], [out, from * kernel]);
      return op.matmul(read(up, [out, rank]), read(down, [rank, from * kernel])); // [out, in * kernel]
    }
    if (rank === 0 || !fills(down, rank * from) || !fills(up, out * rank) || !fills(mid, rank * rank * kernel)) {
      refuse(name, [up, mid, down], [out, from * kernel]);
    }
    return tucker(read(up, [out, rank]), read(mid, [rank, rank * kernel]), read(down, [rank, from]), {
      rank,
      out,
      from,
      kernel,
    });
  }
  const [first, second] = change.factors;
  if (change.kind === 'hadamard') {
    return op.mul(factorOf(name, first, shape, read), factorOf(name, second, shape, read)); // [out, in * kernel]
  }
  const outer = sizesOf(first, 1);
  const inner = { out: out / outer.out, in: from / outer.in, kernel };
  if (!Number.isInteger(inner.out) || !Number.isInteger(inner.in))
    refuse(name, locationsOf(first), [out, from * kernel]);
  const a = op.reshape(factorOf(name, first, outer, read), [outer.out, 1, outer.in, 1]); // [a, 1, b, 1]
  const b = op.reshape(factorOf(name, second, inner, read), [1, inner.out, 1, inner.in * kernel]); // [1, c, 1, d * kernel]
  return op.reshape(op.mul(a, b), [out, from * kernel]); // [a * c, b * d * kernel]
}

/** A factor as a matrix [out, in · kernel]. */
function factorOf(name: string, factor: Factor, { out, in: from, kernel }: WeightShape, read: PartReader): Tensor {
  const wrong = () => refuse(name, locationsOf(factor), [out, from * kernel]);
  if ('whole' in factor) {
    if (!fills(factor.whole, out * from * kernel)) wrong();
    return read(factor.whole, [out, from * kernel]);
  }
  const { a, b, core } = factor;
  const rank = b.shape[0] ?? 0;
  if (!core) {
    if (rank === 0 || !fills(a, out * rank) || !fills(b, rank * from * kernel)) wrong();
    return op.matmul(read(a, [out, rank]), read(b, [rank, from * kernel])); // [out, in * kernel]
  }
  if (rank === 0 || !fills(a, rank * out) || !fills(b, rank * from) || !fills(core, rank * rank * kernel)) wrong();
  const up = op.transpose(read(a, [rank, out]), [1, 0]); // [out, rank]
  return tucker(up, read(core, [rank, rank * kernel]), read(b, [rank, from]), { rank, out, from, kernel });
}

/** up [out, rank] · core [rank, rank, kernel] · down [rank, in], over both ranks: [out, in · kernel]. */
function tucker(
  up: Tensor,
  core: Tensor,
  down: Tensor,
  { rank, out, from, kernel }: { rank: number; out: number; from: number; kernel: number },
): Tensor {
  const half = op.reshape(op.matmul(up, core), [out, rank, kernel]); // [out, rank, kernel]
  const rows = op.reshape(op.transpose(half, [0, 2, 1]), [out * kernel, rank]); // [out * kernel, rank]
  const whole = op.reshape(op.matmul(rows, down), [out, kernel, from]); // [out, kernel, in]
  return op.reshape(op.transpose(whole, [0, 2, 1]), [out, from * kernel]); // [out, in * kernel]
}

/** A weight whose rows, or the columns of each input, have the lengths of `magnitude`: [out, in · kernel]. */
function withMagnitude(
  weight: Tensor,
  magnitude: TensorLocation,
  { out, in: from, kernel }: WeightShape,
  read: PartReader,
): Tensor {
  const perOutput = magnitude.shape[0] === out;
  const cube = op.reshape(weight, [out, from, kernel]); // [out, in, kernel]
  const length = op.length(cube, perOutput ? [1, 2] : [0, 2]); // [out, 1, 1] or [1, in, 1]
  const wanted = read(magnitude, perOutput ? [out, 1, 1] : [1, from, 1]); // like length
  return op.reshape(op.mul(cube, op.div(wanted, length)), [out, from * kernel]); // [out, in * kernel]
}

/** Rows and columns of a factor. */
function sizesOf(factor: Factor, kernel: number): WeightShape {
  if ('whole' in factor) return { out: factor.whole.shape[0] ?? 0, in: factor.whole.shape[1] ?? 0, kernel };
  return { out: factor.a.shape[0] ?? 0, in: factor.b.shape[1] ?? 0, kernel };
}

function locationsOf(factor: Factor): TensorLocation[] {
  return 'whole' in factor ? [factor.whole] : [factor.a, ...(factor.core ? [factor.core] : []), factor.b];
}

function fills({ shape }: TensorLocation, elements: number): boolean {
  return shape.reduce((product, size) => product * size, 1) === elements;
}

function refuse(name: string, parts: readonly TensorLocation[], [out, columns]: readonly [number, number]): never {
  const shapes = parts.map(({ shape }) => `[${shape.join(', ')}]`).join(' times ');
  throw new CheckpointError(
    `${parts[0]!.path} changes "${name}" [${out}, ${columns}] by ${shapes}, which does not fit.`,
  );
}
