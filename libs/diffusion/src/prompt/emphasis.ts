/**
 * Multiplies each token's embedding by its weight, then scales all of them so that their mean is what it was, as
 * AUTOMATIC1111 does: emphasis moves strength between tokens rather than adding it.
 *
 * @param embeddings [tokens, dimensions], of one chunk
 * @param weights one per token
 */
export function emphasize(embeddings: Float32Array, weights: readonly number[]): Float32Array {
  if (weights.every((weight) => weight === 1)) return embeddings;
  const dimensions = embeddings.length / weights.length;
  const weighted = embeddings.map((value, i) => value * weights[Math.floor(i / dimensions)]!);
  const mean = sum(weighted);
  if (mean === 0) return weighted;
  const restore = sum(embeddings) / mean;
  return weighted.map((value) => value * restore);
}

function sum(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0);
}
