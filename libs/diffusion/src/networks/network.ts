import type { WeightSet } from '../checkpoint/weight-files.js';
import { Graph, type Dimension, type Model, type Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import { Module } from './module.js';
import { Weights, type Target, type WeightChanges } from './weights.js';

/** How a network is to be built. */
export interface NetworkOptions {
  /** Inputs and outputs are float32 in any precision. */
  target: Target;
  /** LoRAs to fold into its weights. */
  changes?: WeightChanges;
  /** Outputs beside its own: the results of these modules. */
  inspect?: readonly string[];
}

/** A result of a network, with the names of its sizes. */
export interface Result {
  tensor: Tensor;
  dimensions: readonly Dimension[];
}

/** What a network computes, by name: its outputs, and the results of its modules for whoever wants to look at them. */
export interface Results {
  outputs: Record<string, Result>;
  modules?: Record<string, Tensor>;
}

/**
 * Builds the graph of a network from a description and a checkpoint's weights. Throws CheckpointError where the two do
 * not fit.
 *
 * @param describe appends the network to the graph, beginning at the root of its names
 * @param notUsed tells tensors that lie in the same file but belong to something else
 */
export function buildNetwork(
  weightSet: WeightSet,
  { target, changes, inspect = [] }: NetworkOptions,
  describe: (root: Module) => Results,
  notUsed?: (tensor: string) => boolean,
): Model {
  const graph = new Graph();
  const weights = new Weights(graph, weightSet, target, changes);
  const { outputs, modules = {} } = describe(new Module(weights));
  weights.checkAllUsed(notUsed);
  for (const [name, { tensor, dimensions }] of Object.entries(outputs)) {
    graph.output(name, op.cast(tensor, 'F32'), dimensions);
  }
  for (const name of inspect) {
    const tensor = modules[name];
    if (!tensor) throw new RangeError(`The network has no module "${name}" to inspect.`);
    graph.output(name, op.cast(tensor, 'F32'), []);
  }
  return graph.toModel();
}

/** A float32 input, in the precision that the network computes in. */
export function floatInput(root: Module, name: string, dimensions: readonly Dimension[]): Tensor {
  return op.cast(root.graph.input(name, 'F32', dimensions), root.weights.target.precision);
}
