/**
 * What a second of each kind of slot is worth: the prices at which lots, each going where it is cheapest, load all kinds
 * alike. The dual of "least makespan, lots may be divided", by multiplicative weights (S. Arora, E. Hazan and S. Kale,
 * "The Multiplicative Weights Update Method", 2012), near enough for an order of preference.
 */
import type { Problem } from './draft.js';

const rounds = 60;

/** One price per kind, about 1 in the mean; all 1 where there is one kind. */
export function pricesOf({ lots, kind, kinds }: Problem): Float64Array {
  const prices = new Float64Array(kinds).fill(1);
  const slots = new Float64Array(kinds);
  for (const k of kind) slots[k]! += 1;
  if (kinds === 1) return prices;
  const mean = new Float64Array(kinds);
  const load = new Float64Array(kinds);
  for (let round = 1; round <= rounds; round++) {
    load.fill(0);
    for (const { count, seconds } of lots) {
      let best = -1;
      for (let k = 0; k < kinds; k++) {
        if (slots[k] === 0 || seconds[k] === Infinity) continue;
        if (best < 0 || seconds[k]! * prices[k]! < seconds[best]! * prices[best]!) best = k;
      }
      if (best >= 0) load[best]! += (count * seconds[best]!) / slots[best]!;
    }
    let total = 0;
    for (const value of load) total += value;
    if (total === 0) return prices;
    const step = 0.7 / Math.sqrt(round);
    let sum = 0;
    for (let k = 0; k < kinds; k++) {
      prices[k]! *= Math.exp(step * Math.min(2, (load[k]! * kinds) / total - 1));
      sum += prices[k]!;
    }
    for (let k = 0; k < kinds; k++) {
      prices[k]! *= kinds / sum;
      if (round > rounds / 2) mean[k]! += prices[k]! / (rounds / 2);
    }
  }
  return mean;
}
