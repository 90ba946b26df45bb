import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { Graph } from '../graph/graph.js';
import { runtime } from './onnx-runtime.js';
import type { Inputs } from './session.js';

/** Fewer numbers than these are not worth a run that puts them on a device. */
const FEWEST = 4096;
const MOST_AXES = 4;

/**
 * What a network on a graphics card is told unchanged in every run: of each such input the device keeps the last. The
 * runtime's binding has no call that copies numbers to a device; a graph that does nothing leaves them there.
 */
export class KeptInputs {
  private readonly kept = new Map<string, { data: unknown; tensor: Tensor }>();
  /** By the number of axes. They live no longer than the network: an open session keeps the memory of released ones. */
  private readonly copiers = new Map<number, InferenceSession>();

  /**
   * An input on the device, copied now where it is not the same array as in the last run; undefined where it may change, or
   * is not worth it.
   */
  async tensorOf(
    name: string,
    values: Inputs[string],
    toTensor: (values: Inputs[string]) => Tensor,
  ): Promise<Tensor | undefined> {
    const { data, shape, constant = false } = values;
    if (!constant || !(data instanceof Float32Array) || data.length < FEWEST || shape.length > MOST_AXES) return;
    const known = this.kept.get(name);
    if (known?.data === data && known.tensor.dims.join() === shape.join()) return known.tensor;
    this.drop(name);
    const { kept: tensor } = await (await this.copier(shape.length)).run({ given: toTensor(values) });
    this.kept.set(name, { data, tensor: tensor! });
    return tensor;
  }

  /** Lets go of all of them, and of everything else that is open on the device for them. */
  async clear(): Promise<void> {
    for (const name of [...this.kept.keys()]) this.drop(name);
    for (const copier of this.copiers.values()) await copier.release();
    this.copiers.clear();
  }

  /** A graph that gives what it is given, with so many axes, and leaves it on the device. */
  private async copier(axes: number): Promise<InferenceSession> {
    const present = this.copiers.get(axes);
    if (present) return present;
    const graph = new Graph();
    const sizes = Array.from({ length: axes }, (_, i) => `size ${i}`);
    graph.output('kept', graph.input('given', 'F32', sizes), sizes);
    const { InferenceSession } = await runtime();
    const copier = await InferenceSession.create(graph.toModel().bytes, {
      executionProviders: ['webgpu'],
      preferredOutputLocation: 'gpu-buffer',
      logSeverityLevel: 3,
    });
    this.copiers.set(axes, copier);
    return copier;
  }

  private drop(name: string): void {
    this.kept.get(name)?.tensor.dispose();
    this.kept.delete(name);
  }
}
