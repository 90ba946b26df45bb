/** How many tasks are worth a run, by what runs of each size took. */
import type { RunCost } from '../types.js';
import type { History } from './history.js';
import { robustMean } from './robust.js';

/** Sizes that are tried, one after the other for as long as each takes less per task than the one before. */
const triedSizes = [2, 4, 8];
/** Share of a task's time that a size must save to be used. */
const leastGain = 0.03;
/** What is hoped of a size that was not tried enough: that it is used at all. */
const hopedGain = 0.05;
/** Runs of a size after which its time is believed. A first one may still have something to set up. */
const runsToBelieve = 2;

/**
 * The sizes worth using, ascending from one task, and at most one that is to be tried. Every task of a run has left its
 * time, so a run of eight counts eight values.
 */
export function groupsOf({ runs: measured }: Pick<History, 'runs'>): RunCost[] {
  const sizes = Object.keys(measured)
    .map(Number)
    .sort((a, b) => a - b);
  const cost = (size: number, seconds: number): RunCost => ({ size, seconds, vramBytes: 0 });
  const [least = 1] = sizes;
  const single = robustMean(measured[least]!) / least;
  // What was only ever grouped takes a little longer by itself.
  let best = cost(1, least === 1 ? single : 1.1 * single);
  const runs = [best];
  const rate = (run: RunCost) => run.seconds / run.size;
  const hoped = (size: number) => (1 - hopedGain) * rate(best) * size;
  const isBelieved = (size: number) => measured[size]!.length >= runsToBelieve * size;

  for (const size of sizes) {
    if (size === 1) continue;
    const seen = cost(size, robustMean(measured[size]!));
    const run = isBelieved(size) ? seen : cost(size, Math.min(seen.seconds, hoped(size)));
    if (rate(run) > (1 - leastGain) * rate(best)) continue;
    runs.push(run);
    best = run;
  }
  const largest = sizes.at(-1)!;
  const next = triedSizes.find((size) => size > largest);
  if (next !== undefined && best.size === largest && isBelieved(largest)) runs.push(cost(next, hoped(next)));
  return runs;
}
