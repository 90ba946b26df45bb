import { findNotFinite } from '../checkpoint/not-finite.js';
import { openSafetensors } from '../checkpoint/safetensors.js';
import { locate, type TensorLocation } from '../checkpoint/weight-files.js';
import { EngineError } from '../runtime/engine-error.js';

/**
 * The error of a run with what it comes from: networks that give numbers that are not finite often have such weights, so
 * that these are looked through. Every other error, and one whose weights are all finite, stays as it is.
 */
export async function nameCulprit(error: unknown, weights: () => Promise<Iterable<TensorLocation>>): Promise<unknown> {
  if (!(error instanceof EngineError) || error.code !== 'corrupt_output') return error;
  // A file that can no longer be read has no say in what the error is.
  const culprit = await weights()
    .then(findNotFinite)
    .catch(() => undefined);
  if (!culprit) return error;
  const { path, tensor } = culprit;
  return new EngineError(
    error.code,
    `${error.message}: ${path} has "${tensor}" with values that are not finite; get the file anew`,
  );
}

/** The tensors of whole files. */
export async function tensorsOfFiles(paths: readonly string[]): Promise<TensorLocation[]> {
  const files = await Promise.all(paths.map(openSafetensors));
  return files.flatMap((file) => [...locate(file).values()]);
}
