import { combine } from '../tensor/vector.js';

/**
 * Classifier-free guidance, Ho and Salimans 2022, arXiv:2207.12598: away from what is predicted without the prompt,
 * towards what is predicted with it.
 *
 * @param both predictions of all pictures without the prompt, then with it
 */
export function guide(both: Float32Array, scale: number): { guided: Float32Array; withPrompt: Float32Array } {
  const half = both.length / 2;
  const [withoutPrompt, withPrompt] = [both.subarray(0, half), both.subarray(half)];
  return { guided: combine([1 - scale, withoutPrompt], [scale, withPrompt]), withPrompt };
}

/**
 * Pulls the deviation of the guided prediction of each picture towards that of the prediction with the prompt, against
 * overexposure: Lin et al. 2023, arXiv:2305.08891, section 3.4.
 *
 * @param amount 0 leaves the guided prediction as it is, 1 takes over the other's deviation
 * @param pictures how many share the vectors
 */
export function rescale(
  guided: Float32Array,
  withPrompt: Float32Array,
  amount: number,
  pictures: number,
): Float32Array {
  const size = guided.length / pictures;
  const rescaled = new Float32Array(guided.length);
  for (let start = 0; start < guided.length; start += size) {
    const own = guided.subarray(start, start + size);
    const ratio = deviation(withPrompt.subarray(start, start + size)) / deviation(own);
    rescaled.set(combine([amount * ratio + 1 - amount, own]), start);
  }
  return rescaled;
}

function deviation(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / (values.length - 1));
}
