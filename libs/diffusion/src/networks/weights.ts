import { CheckpointError } from '../checkpoint/checkpoint-error.js';
import type { TensorLocation, WeightSet } from '../checkpoint/weight-files.js';
import type { DataType, Graph, Tensor } from '../graph/graph.js';
import { cast, reshape, transpose } from '../graph/operators.js';
import { withChange, type PartReader, type WeightChange } from './weight-changes.js';

/** Changes by module name, in the order in which they are applied. */
export type WeightChanges = ReadonlyMap<string, readonly WeightChange[]>;

/** Number formats that networks can compute in. */
export type Precision = 'F32' | 'F16';

/** What a graph is built for. */
export interface Target {
  /** ONNX Runtime's execution provider: each is fast on other operators. */
  provider: string;
  /** What networks compute in. */
  precision: Precision;
  /**
   * Whether the provider's own operator for attention gives right numbers on this device. @default on a CPU
   */
  fusedAttention?: boolean;
  /** Whether pictures go on at their other side, as textures do, in place of zeros around them. @default false */
  seamless?: boolean;
}

/** Types that weights may be stored in. */
const STORED: readonly string[] = ['F32', 'F16', 'BF16'] satisfies DataType[];

/** Hands a checkpoint's tensors to the graph of a network, where they lie in their file, and checks that all fit. */
export class Weights {
  private readonly used = new Set<string>();

  constructor(
    readonly graph: Graph,
    private readonly set: WeightSet,
    readonly target: Target,
    private readonly changes: WeightChanges = new Map(),
  ) {}

  has(name: string): boolean {
    return this.set.tensors.has(name);
  }

  /** Whether the file has any tensor of a module. */
  hasModule(name: string): boolean {
    return [...this.set.tensors.keys()].some((key) => key.startsWith(`${name}.`));
  }

  /**
   * A tensor in the precision of computing.
   *
   * @param name in the file
   * @param shape that the network expects; sizes of 1 do not count, so that a linear layer may lie in the file as a
   * convolution of one pixel
   * @param options.view shape to use it in, where that is another
   * @param options.module whose changes are to be folded in
   */
  tensor(name: string, shape: readonly number[], options: { view?: readonly number[]; module?: string } = {}): Tensor {
    const { view = shape, module } = options;
    const location = this.locate(name, shape);
    const changes = (module !== undefined && this.changes.get(module)) || [];
    const tensor =
      changes.length === 0
        ? this.stored(name, location, view)
        : this.graph.once(`changed ${name} [${view.join(' ')}]`, () =>
            reshape(this.changed(name, location, changes), view),
          );
    return cast(tensor, this.target.precision);
  }

  /** A table that is only looked up: it stays as it is stored, and what is taken out of it is to be cast. */
  table(name: string, shape: readonly number[]): Tensor {
    const location = this.locate(name, shape);
    return this.graph.weight(name, location.type as DataType, shape, location);
  }

  /**
   * A tensor of another file than the checkpoint's, in the precision of computing.
   *
   * @param name for an error
   */
  foreign(name: string, location: TensorLocation, shape: readonly number[]): Tensor {
    return cast(this.stored(name, location, shape), this.target.precision);
  }

  /** Throws CheckpointError where the file holds a tensor that the network does not have. */
  checkAllUsed(expected: (name: string) => boolean = () => false): void {
    const left = [...this.set.tensors.keys()].filter((name) => !this.used.has(name) && !expected(name));
    if (left.length === 0) return;
    const more = left.length > 1 ? ` and ${left.length - 1} more` : '';
    throw new CheckpointError(
      `${this.set.source} holds a tensor "${left[0]}"${more}, which its configuration does not speak of.`,
    );
  }

  /** A weight with its changes, as a matrix: a runtime that folds constants computes it once, when it loads the network. */
  private changed(name: string, location: TensorLocation, changes: readonly WeightChange[]): Tensor {
    const out = location.shape[0] ?? 1;
    const columns = countOf(location.shape) / out;
    const [from = 1, ...kernel] = location.shape.slice(1);
    const shape = { out, in: from, kernel: countOf(kernel) };
    const read: PartReader = (part, view) => cast(this.stored(`${name} change`, part, view), 'F32');
    let folded = cast(this.stored(name, location, [out, columns]), 'F32'); // [out, columns]
    for (const change of changes) folded = withChange(name, folded, change, shape, read); // [out, columns]
    return folded;
  }

  /** A tensor as its file has it, in any shape that its elements fill. */
  private stored(name: string, location: TensorLocation, shape: readonly number[]): Tensor {
    const type = this.storedType(location, name);
    if (!location.transposed) return this.graph.weight(name, type, shape, location);
    const columns = this.graph.weight(name, type, location.shape.toReversed(), location);
    return reshape(transpose(columns, [1, 0]), shape);
  }

  private locate(name: string, shape: readonly number[]): TensorLocation {
    const location = this.set.tensors.get(name) ?? this.set.missing?.(name, shape);
    if (!location) throw new CheckpointError(`${this.set.source} lacks the tensor "${name}" [${shape.join(', ')}].`);
    if (!equalWithoutOnes(location.shape, shape)) {
      throw new CheckpointError(
        `${this.set.source} has "${name}" in shape [${location.shape.join(', ')}], expected [${shape.join(', ')}].`,
      );
    }
    this.storedType(location, name);
    this.used.add(name);
    return location;
  }

  private storedType({ type, path }: TensorLocation, name: string): DataType {
    if (!STORED.includes(type)) {
      throw new CheckpointError(`${path} holds "${name}" in ${type}; weights may be in ${STORED.join(', ')}.`);
    }
    return type as DataType;
  }
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

function equalWithoutOnes(a: readonly number[], b: readonly number[]): boolean {
  const sizes = (shape: readonly number[]) => shape.filter((size) => size !== 1).join();
  return sizes(a) === sizes(b);
}
