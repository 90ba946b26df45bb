import { createGenerator, type GeneratorKind } from '../random/generator.js';

/**
 * Draws unit noise for all pictures of a run, [pictures, ...shape], going on where the draw before ended. For a source,
 * a picture that all of them begin from, it may draw once, [1, ...shape].
 */
export type NoiseSource = (shape: readonly number[], what?: 'pictures' | 'source') => Float32Array;

/** Noise that each picture has from its own seed alone, so that it does not depend on what else is in the run. */
export function noisePerPicture(kind: GeneratorKind, seeds: readonly number[]): NoiseSource {
  const generators = seeds.map((seed) => createGenerator(kind, seed));
  return (shape) => joined(generators.map((generator) => generator.randn([1, ...shape])));
}

/** Vectors, one behind the other. */
export function joined(vectors: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(vectors.reduce((length, vector) => length + vector.length, 0));
  let start = 0;
  for (const vector of vectors) {
    all.set(vector, start);
    start += vector.length;
  }
  return all;
}
