import { InputError } from '../errors.js';
import { combine } from '../tensor/vector.js';
import type { PredictionType, SchedulerConfig } from './scheduler-config.js';

/** The configuration's prediction type, refused where it is not one of those that the method can use. */
export function predictionType(
  config: SchedulerConfig,
  allowed: readonly PredictionType[] = ['epsilon', 'sample', 'v_prediction'],
): PredictionType {
  const type = (config.prediction_type ?? 'epsilon') as PredictionType;
  if (!allowed.includes(type)) {
    throw new InputError(
      `${config._class_name} cannot use prediction type "${type}"; allowed are ${allowed.join(', ')}.`,
    );
  }
  return type;
}

/**
 * The clean sample x0 that the model predicts, where the noisy one is x = alpha * x0 + sigma * noise.
 * The velocity v = alpha * noise - sigma * x0 is that of Salimans and Ho 2022, arXiv:2202.00512.
 */
export function predictedOriginal(
  type: PredictionType,
  output: Float32Array,
  sample: Float32Array,
  alpha: number,
  sigma: number,
): Float32Array {
  switch (type) {
    case 'epsilon':
      return combine([1 / alpha, sample], [-sigma / alpha, output]);
    case 'sample':
      return output;
    case 'v_prediction':
      return combine([alpha, sample], [-sigma, output]);
  }
}

/** The noise that the model predicts in x = alpha * x0 + sigma * noise. */
export function predictedNoise(
  type: PredictionType,
  output: Float32Array,
  sample: Float32Array,
  alpha: number,
  sigma: number,
): Float32Array {
  switch (type) {
    case 'epsilon':
      return output;
    case 'sample':
      return noiseOfOriginal(output, sample, alpha, sigma);
    case 'v_prediction':
      return combine([alpha, output], [sigma, sample]);
  }
}

/** The noise in `sample` if `original` is what lies under it. */
export function noiseOfOriginal(
  original: Float32Array,
  sample: Float32Array,
  alpha: number,
  sigma: number,
): Float32Array {
  return combine([1 / sigma, sample], [-alpha / sigma, original]);
}
