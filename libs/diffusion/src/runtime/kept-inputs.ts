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
    const { kept: tensor } = await (await copier(shape.length)).run({ given: toTensor(values) });
    this.kept.set(name, { data, tensor: tensor! });
    return tensor;
  }

  /** Lets go of all of them. */
  clear(): void {
    for (const name of [...this.kept.keys()]) this.drop(name);
  }

  private drop(name: string): void {
    this.kept.get(name)?.tensor.dispose();
    this.kept.delete(name);
  }
}

const copiers = new Map<number, Promise<InferenceSession>>();

/** A graph that gives what it is given, with so many axes, and leaves it on the device. */
function copier(axes: number): Promise<InferenceSession> {
  const present = copiers.get(axes);
  if (present) return present;
  const graph = new Graph();
  const sizes = Array.from({ length: axes }, (_, i) => `size ${i}`);
  graph.output('kept', graph.input('given', 'F32', sizes), sizes);
  const opened = runtime().then(({ InferenceSession }) =>
    InferenceSession.create(graph.toModel().bytes, {
      executionProviders: ['webgpu'],
      preferredOutputLocation: 'gpu-buffer',
      logSeverityLevel: 3,
    }),
  );
  copiers.set(axes, opened);
  opened.catch(() => copiers.delete(axes));
  return opened;
}
