/** Single operators, to see what a device makes of them. */
import { Graph, type Tensor } from '../graph/graph.js';
import * as op from '../graph/operators.js';
import type { Precision } from '../networks/weights.js';
import { openSession, type Inputs, type SessionOptions, type Values } from './session.js';

/** What is computed of inputs, which are given in the precision of computing. */
export type Build = (inputs: Record<string, Tensor>) => Tensor;

export interface Computed {
  data: Float32Array;
  /** Of the fastest run. */
  seconds: number;
}

/**
 * Computes something on a device. Numbers go in and come out in float32.
 *
 * @param runs how often, one after the other
 */
export async function computeGraph(
  options: SessionOptions,
  precision: Precision,
  inputs: Record<string, Values>,
  build: Build,
  runs = 1,
): Promise<Computed> {
  const graph = new Graph();
  const cast = Object.entries(inputs).map(([name, { shape }]) => {
    const sizes = shape.map((_, i) => `${name} ${i}`);
    return [name, op.cast(graph.input(name, 'F32', sizes), precision)] as const;
  });
  graph.output('y', op.cast(build(Object.fromEntries(cast)), 'F32'), []);
  const session = await openSession(graph.toModel(), options);
  try {
    const computed: Computed = { data: new Float32Array(), seconds: Infinity };
    for (let i = 0; i < runs; i++) {
      const start = performance.now();
      computed.data = (await session.run(inputs as Inputs)).y!.data;
      computed.seconds = Math.min(computed.seconds, (performance.now() - start) / 1000);
    }
    return computed;
  } finally {
    await session.release();
  }
}

/** Length of the difference of two lists of numbers, relative to the length of the second. */
export function distance(a: Float32Array, b: Float32Array): number {
  const [off, all] = b.reduce(([n, q], value, i) => [n! + (a[i]! - value) ** 2, q! + value ** 2], [0, 0]);
  return Math.sqrt(off! / all!);
}
