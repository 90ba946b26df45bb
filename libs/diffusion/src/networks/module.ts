import type { Graph, Tensor } from '../graph/graph.js';
import type { Weights } from './weights.js';

/** A place in a network: the name under which its parts lie in the checkpoint. */
export class Module {
  /** @param file the same place under the name that the file uses, where that is an older one */
  constructor(
    readonly weights: Weights,
    readonly path = '',
    private readonly file = path,
  ) {}

  get graph(): Graph {
    return this.weights.graph;
  }

  /** A part by its name, or by its older name where the file has that. */
  at(name: string, olderName = name): Module {
    const [path, file, older] = [join(this.path, name), join(this.file, name), join(this.file, olderName)];
    return new Module(this.weights, path, older !== file && this.weights.hasModule(older) ? older : file);
  }

  /**
   * The tensor `weight` of this place.
   *
   * @param view shape to use it in, where that is not the shape it has
   */
  weight(shape: readonly number[], view?: readonly number[]): Tensor {
    return this.weights.tensor(join(this.file, 'weight'), shape, { view, module: this.path });
  }

  /** The tensor `bias` of this place. */
  bias(size: number, view?: readonly number[]): Tensor {
    return this.weights.tensor(join(this.file, 'bias'), [size], { view });
  }

  /** Whether the file has a tensor of this place. */
  has(name: string): boolean {
    return this.weights.has(join(this.file, name));
  }

  /** A tensor of this place that has a name of its own. */
  parameter(name: string, shape: readonly number[], view?: readonly number[]): Tensor {
    return this.weights.tensor(join(this.file, name), shape, { view });
  }

  /** The tensor `weight` of this place as a table to be looked up, in the type that it is stored in. */
  table(shape: readonly number[]): Tensor {
    return this.weights.table(join(this.file, 'weight'), shape);
  }

  /** Names the nodes that `build` appends after this place. */
  build<T>(build: () => T): T {
    return this.graph.within(this.path, build);
  }
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
