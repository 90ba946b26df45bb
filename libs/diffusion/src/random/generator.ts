import { CpuGenerator } from './cpu-generator.js';
import { GpuGenerator } from './gpu-generator.js';
import type { Size } from './size.js';

/** A stream of random numbers; every draw goes on where the one before ended. */
export interface Generator {
  /** Standard normal values. */
  randn(size: Size): Float32Array;
  /** Even values in [0, 1). */
  rand(size: Size): Float32Array;
}

/** Where the reference would draw: `cpu` is torch's CPU generator, `gpu` its CUDA generator. */
export type GeneratorKind = 'cpu' | 'gpu';

/** A generator that draws what torch draws after `manual_seed(seed)` on that kind of device. */
export function createGenerator(kind: 'cpu', seed: number | bigint): CpuGenerator;
export function createGenerator(kind: GeneratorKind, seed: number | bigint): Generator;
export function createGenerator(kind: GeneratorKind, seed: number | bigint): Generator {
  return kind === 'cpu' ? new CpuGenerator(seed) : new GpuGenerator(seed);
}
