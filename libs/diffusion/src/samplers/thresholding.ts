import { clamp } from '../tensor/vector.js';
import type { SchedulerConfig } from './scheduler-config.js';

/** Brings a predicted clean sample back into the range of training data. */
export type OriginalFilter = (original: Float32Array) => Float32Array;

/** The filter that a configuration asks for: dynamic thresholding, else clipping, else none. */
export function originalFilter(config: SchedulerConfig, clipByDefault: boolean, batchSize: number): OriginalFilter {
  if (config.thresholding) return thresholdFilter(config, batchSize);
  if (config.clip_sample ?? clipByDefault) {
    const range = config.clip_sample_range ?? 1;
    return (original) => clamp(original, range);
  }
  return (original) => original;
}

/**
 * Dynamic thresholding (Saharia et al. 2022, arXiv:2205.11487, section 2.3): every picture is clipped at a quantile
 * of its own magnitudes, at least 1, and divided by it.
 */
export function thresholdFilter(config: SchedulerConfig, batchSize: number): OriginalFilter {
  const ratio = config.dynamic_thresholding_ratio ?? 0.995;
  const highest = config.sample_max_value ?? 1;
  return (original) => {
    const result = new Float32Array(original.length);
    const size = original.length / batchSize;
    for (let start = 0; start < original.length; start += size) {
      const picture = original.subarray(start, start + size);
      const limit = Math.min(Math.max(quantile(picture.map(Math.abs), ratio), 1), highest);
      result.set(
        clamp(picture, limit).map((value) => value / limit),
        start,
      );
    }
    return result;
  };
}

/** The value below which `ratio` of the values lie, interpolated between neighbours. Sorts `values` in place. */
function quantile(values: Float32Array, ratio: number): number {
  values.sort();
  const rank = ratio * (values.length - 1);
  const below = Math.floor(rank);
  const low = values[below]!;
  const high = values[Math.min(below + 1, values.length - 1)]!;
  return low + (rank - below) * (high - low);
}
