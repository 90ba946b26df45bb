import { CheckpointError } from '../checkpoint-error.js';
import type { TensorLocation } from '../weight-files.js';

/** Looks at the shapes of a network's tensors, by our names, to find out how it is built. */
export class Shapes {
  private readonly names: readonly string[];

  constructor(
    private readonly tensors: ReadonlyMap<string, TensorLocation>,
    /** What to call the network in an error. */
    readonly source: string,
  ) {
    this.names = [...tensors.keys()];
  }

  has(tensor: string): boolean {
    return this.tensors.has(tensor);
  }

  /** One size of a tensor, counted from 0. Throws CheckpointError where there is no such tensor or size. */
  size(tensor: string, axis: number): number {
    const shape = this.tensors.get(tensor)?.shape;
    const size = shape?.[axis];
    if (size) return size;
    const found = shape ? `has "${tensor}" in shape [${shape.join(', ')}]` : `lacks the tensor "${tensor}"`;
    throw new CheckpointError(`${this.source} ${found}, so that it cannot be told how the network is built.`);
  }

  /** Number of axes of a tensor, 0 where there is none. */
  rank(tensor: string): number {
    return this.tensors.get(tensor)?.shape.length ?? 0;
  }

  /** How many modules `prefix.0`, `prefix.1`, … there are. */
  count(prefix: string): number {
    const indexes = this.names
      .filter((name) => name.startsWith(`${prefix}.`))
      .map((name) => Number(name.slice(prefix.length + 1).split('.')[0]));
    return indexes.reduce((count, index) => Math.max(count, index + 1), 0);
  }

  /** The first tensor whose name ends like this; undefined where there is none. */
  find(ending: string): string | undefined {
    return this.names.find((name) => name.endsWith(ending));
  }
}
