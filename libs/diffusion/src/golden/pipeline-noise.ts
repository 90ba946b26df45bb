import { noisePerPicture, type NoiseSource } from '../pipelines/noise.js';
import type { Trace } from '../pipelines/trace.js';
import { createGenerator } from '../random/generator.js';

/** Noise as the reference draws it, from a generator per picture or all pictures from one, shown to a trace. */
export function tracedNoise(seed: number | number[], pictures: number, trace: Trace): NoiseSource {
  let draws = 0;
  const shown = (noise: Float32Array) => {
    trace(`noise.${draws++}`, noise);
    return noise;
  };
  if (Array.isArray(seed)) {
    const source = noisePerPicture('cpu', seed);
    return (shape) => {
      const noise = source(shape);
      const size = noise.length / pictures;
      seed.forEach((_, i) => shown(noise.subarray(i * size, (i + 1) * size)));
      return noise;
    };
  }
  const generator = createGenerator('cpu', seed);
  return (shape, what) => shown(generator.randn([what === 'source' ? 1 : pictures, ...shape]));
}
