import { parse } from 'node:path';
import { encodeModel, type Initializer, type Node, type Value } from './onnx.js';

/** Element types of tensors in a graph, by the names that safetensors files use. */
export type DataType = 'F32' | 'F16' | 'BF16' | 'I64' | 'I32' | 'U8' | 'BOOL';

/** A size, or a name for one that is known only at run time. */
export type Dimension = number | string;

/** A node's parameter; a whole number is an integer, `{ float }` a number that need not be whole. */
export type Attribute = number | { float: number } | string | readonly number[];

/** Bytes of a file that are a tensor. */
export interface FileSlice {
  /** Absolute path without symbolic links: the runtime does not follow them. */
  path: string;
  offset: number;
  byteLength: number;
}

/** A tensor of a graph under construction: an input, a constant, a weight, or what a node gives. */
export class Tensor {
  constructor(
    readonly graph: Graph,
    readonly name: string,
    readonly type: DataType,
  ) {}
}

/** A finished graph. */
export interface Model {
  /** Serialized ONNX. */
  bytes: Uint8Array;
  /** Folder that the places of its weights are relative to; undefined where it has none. */
  weightRoot: string | undefined;
  /** Element type that most of its weights are stored in. */
  weightType: DataType;
  /** What its weights take in their files. */
  weightBytes: number;
}

/**
 * An ONNX graph under construction. Nodes are appended by the functions of `operators.ts`, in the order of computation;
 * they are named after the module that they belong to, so that errors and profiles speak the checkpoint's names.
 */
export class Graph {
  private readonly nodes: Node[] = [];
  private readonly initializers = new Map<string, Initializer>();
  private readonly inputs: Value[] = [];
  private readonly outputs: Value[] = [];
  private readonly names = new Map<string, number>();
  private readonly memo = new Map<string, Tensor>();
  private scope = '';
  private weightRoot: string | undefined;
  private readonly weightBytes = new Map<DataType, number>();

  input(name: string, type: DataType, dimensions: readonly Dimension[]): Tensor {
    this.inputs.push({ name: this.claim(name), type, dimensions });
    return new Tensor(this, name, type);
  }

  /** Makes a tensor a result of the graph. */
  output(name: string, tensor: Tensor, dimensions: readonly Dimension[]): void {
    this.nodes.push({ operator: 'Identity', name, inputs: [tensor.name], outputs: [this.claim(name)], attributes: {} });
    this.outputs.push({ name, type: tensor.type, dimensions });
  }

  /** A tensor whose values stay in a file; `shape` may be any that its elements fill. Equal weights are one. */
  weight(name: string, type: DataType, shape: readonly number[], slice: FileSlice): Tensor {
    const key = `weight ${slice.path} ${slice.offset} ${type} [${shape.join(' ')}]`;
    return this.once(key, () => this.newWeight(name, type, shape, slice));
  }

  private newWeight(name: string, type: DataType, shape: readonly number[], slice: FileSlice): Tensor {
    const { root } = parse(slice.path);
    this.weightRoot ??= root;
    if (root !== this.weightRoot) {
      throw new Error(`A graph's weights must lie on one drive: ${slice.path} is not on ${this.weightRoot}.`);
    }
    this.weightBytes.set(type, (this.weightBytes.get(type) ?? 0) + slice.byteLength);
    const unique = this.unique(name);
    this.initializers.set(unique, {
      name: unique,
      type,
      shape,
      slice: { ...slice, path: slice.path.slice(root.length) },
    });
    return new Tensor(this, unique, type);
  }

  /**
   * A tensor of known values: float32, or 64-bit integers. Equal constants are one.
   *
   * @param name for many values; a few are name enough
   */
  constant(
    type: 'F32' | 'I64',
    values: readonly number[],
    shape: readonly number[] = [values.length],
    name = `${type} [${shape.join(' ')}] ${values.join(' ')}`,
  ): Tensor {
    if (!this.initializers.has(name)) {
      const data = type === 'F32' ? Float32Array.from(values) : BigInt64Array.from(values, BigInt);
      this.initializers.set(name, { name, type, shape, data: new Uint8Array(data.buffer) });
    }
    return new Tensor(this, name, type);
  }

  /**
   * Appends a node and gives its outputs, one for each of `types`.
   *
   * @param inputs undefined where an optional input is left out
   * @param leftOut indices of optional outputs that are not made; nothing may use their tensors
   * @param domain of the operator; empty for ONNX's own
   */
  node(
    operator: string,
    inputs: readonly (Tensor | undefined)[],
    types: readonly DataType[],
    attributes: Record<string, Attribute> = {},
    domain = '',
    leftOut: readonly number[] = [],
  ): Tensor[] {
    const name = this.unique(this.scope ? `${this.scope}/${operator}` : operator);
    const outputs = types.map((type, i) => new Tensor(this, i === 0 ? name : `${name}:${i}`, type));
    const names = inputs.map((input) => input?.name ?? '');
    const given = outputs.map((output, i) => (leftOut.includes(i) ? '' : output.name));
    this.nodes.push({ operator, domain, name, inputs: names, outputs: given, attributes });
    return outputs;
  }

  /** Names the nodes that `build` appends after a module. */
  within<T>(scope: string, build: () => T): T {
    const outer = this.scope;
    this.scope = scope;
    try {
      return build();
    } finally {
      this.scope = outer;
    }
  }

  /** What was built under this key before, or what `build` gives now. */
  once(key: string, build: () => Tensor): Tensor {
    const tensor = this.memo.get(key) ?? build();
    this.memo.set(key, tensor);
    return tensor;
  }

  toModel(): Model {
    const { nodes, inputs, outputs, weightRoot } = this;
    const [weightType] = [...this.weightBytes].sort(([, a], [, b]) => b - a)[0] ?? (['F32'] as const);
    const bytes = encodeModel({ nodes, inputs, outputs, initializers: [...this.initializers.values()] });
    const weightBytes = [...this.weightBytes.values()].reduce((sum, own) => sum + own, 0);
    return { bytes, weightRoot, weightType, weightBytes };
  }

  private claim(name: string): string {
    if (this.unique(name) !== name) throw new Error(`The graph has "${name}" already.`);
    return name;
  }

  private unique(name: string): string {
    const count = this.names.get(name) ?? 0;
    this.names.set(name, count + 1);
    return count === 0 ? name : `${name} ${count + 1}`;
  }
}
