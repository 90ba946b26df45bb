/**
 * Milliseconds before try number `tries` (from 1): doubles from `firstMs` to `mostMs`, shortened by up to half at
 * random, so that a thousand nodes do not return to a scheduler in step.
 */
export function backoffMs(tries: number, firstMs: number, mostMs: number, random = Math.random): number {
  const full = Math.min(mostMs, firstMs * 2 ** Math.min(tries - 1, 30));
  return full * (1 - random() / 2);
}
