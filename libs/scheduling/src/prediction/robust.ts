/** Statistics that a few wild values do not move. */

/** The middle value; the mean of the two middle ones where there is no one. Throws on an empty list. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('no values to take a median of');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The value below which a quarter lies, a value of the list. Throws on an empty list. */
export function lowerQuartile(values: readonly number[]): number {
  if (values.length === 0) throw new Error('no values to take a quartile of');
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 2]!;
}

/** The mean of what lies within three scaled median absolute deviations of the median (P. Huber, "Robust Statistics"). */
export function robustMean(values: readonly number[]): number {
  const middle = median(values);
  const reach = Math.max(3 * scaledDeviation(values), 0.02 * middle);
  const near = values.filter((value) => Math.abs(value - middle) <= reach);
  return near.reduce((sum, value) => sum + value, 0) / near.length;
}

/** The standard deviation of the bulk of normal values: 1.4826 times the median absolute deviation. */
export function scaledDeviation(values: readonly number[]): number {
  const middle = median(values);
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}
