/** A first plan: lots are poured into slots up to the least common finishing time at which everything fits. */
import { Draft, type Lot, type Problem } from './draft.js';
import { pricesOf } from './prices.js';

/** Finishing times are told apart down to this share of the span. */
const precision = 1e-3;
/** The same for problems of more lots times slots than this: what is left over is evened out later. */
const largePairs = 100_000;
const coarsePrecision = 1e-2;
const maximumSteps = 24;

/**
 * The plan with the least finishing time that pouring finds; undefined when some lot fits nowhere.
 * @param jitter factor near 1 on the size by which a lot is ordered: other orders give other plans
 */
export function fill(problem: Problem, jitter: (lot: number) => number = () => 1): Draft | undefined {
  const prices = pricesOf(problem);
  const order = orderOf(problem, prices, jitter);
  const earliest = Math.min(...problem.start);
  const enough = problem.setup.length > largePairs ? coarsePrecision : precision;
  let low = earliest;
  let high = earliest + spanOf(problem);
  let best = pour(problem, prices, order, high);
  for (let step = 0; !best && step < maximumSteps; step++) {
    low = high;
    high = earliest + (high - earliest) * 2;
    best = pour(problem, prices, order, high);
  }
  for (let step = 0; best && step < maximumSteps && high - low > enough * (high - earliest); step++) {
    const middle = (low + high) / 2;
    const draft = pour(problem, prices, order, middle);
    if (draft) best = draft;
    if (draft) high = Math.min(middle, draft.makespan);
    else low = middle;
  }
  return best;
}

/** Lots that few slots can run first, then by work: what is large is hard to place later. */
function orderOf({ lots, kind }: Problem, prices: Float64Array, jitter: (lot: number) => number): number[] {
  const slotsOfKind = new Float64Array(prices.length);
  for (const k of kind) slotsOfKind[k]! += 1;
  const rank = lots.map(({ count, seconds }, u) => {
    let able = 0;
    let price = Infinity;
    seconds.forEach((value, k) => {
      if (value === Infinity) return;
      able += slotsOfKind[k]!;
      price = Math.min(price, value * prices[k]!);
    });
    return { u, narrow: able < 0.6 * kind.length, work: count * price * jitter(u) };
  });
  rank.sort((a, b) => Number(b.narrow) - Number(a.narrow) || b.work - a.work || a.u - b.u);
  return rank.map(({ u }) => u);
}

/** A finishing time, counted from the first start, that is likely enough for everything. */
function spanOf({ lots, start }: Problem): number {
  const earliest = Math.min(...start);
  let work = 0;
  for (const { count, seconds } of lots) work += count * leastOf(seconds);
  let later = 0;
  for (const seconds of start) later += seconds - earliest;
  return (1.1 * (work + later)) / start.length + 1;
}

const leastOf = (seconds: Float64Array) => {
  let least = Infinity;
  for (const value of seconds) if (value < least) least = value;
  return least;
};

/** Pours all lots into slots that end by `end`; undefined when they do not fit. */
function pour(problem: Problem, prices: Float64Array, order: readonly number[], end: number): Draft | undefined {
  const draft = new Draft(problem);
  const holders = new Map<number, number[]>();
  for (const u of order) {
    const lot = problem.lots[u]!;
    const left = pourLot(draft, prices, u, lot, end, holders.get(lot.key));
    if (left > 0) return undefined;
    for (let i = 0; i < draft.slots; i++) {
      if (!draft.counts[i]?.has(u)) continue;
      const list = holders.get(lot.key);
      if (list) list.push(i);
      else holders.set(lot.key, [i]);
    }
  }
  return draft;
}

/** Gives as much of a lot as fits; returns what is left. */
function pourLot(
  draft: Draft,
  prices: Float64Array,
  u: number,
  lot: Lot,
  end: number,
  holders: readonly number[] = [],
): number {
  const { kind } = draft.problem;
  let left = lot.count;
  const room = (i: number) => Math.floor((end - draft.finish[i]! - draft.setup(u, i)) / draft.seconds(u, i) + 1e-9);
  for (const i of holders) {
    const count = Math.min(left, room(i));
    if (count > 0) draft.add(u, i, count);
    if (count > 0) left -= count;
    if (left === 0) return 0;
  }

  const candidates: { i: number; count: number; price: number }[] = [];
  for (let i = 0; i < draft.slots; i++) {
    const seconds = lot.seconds[kind[i]!]!;
    if (seconds === Infinity) continue;
    const count = room(i);
    if (count < 1) continue;
    const most = Math.min(count, left);
    candidates.push({ i, count, price: ((draft.setup(u, i) + most * seconds) / most) * prices[kind[i]!]! });
  }
  candidates.sort((a, b) => a.price - b.price || b.count - a.count || a.i - b.i);
  for (let next = 0; next < candidates.length; next++) {
    const { i, count } = candidates[next]!;
    if (count < left) {
      draft.add(u, i, count);
      left -= count;
      continue;
    }
    // The rest goes where it costs least, and of such slots where it leaves least room.
    let best = next;
    let bestPrice = Infinity;
    for (let other = next; other < candidates.length; other++) {
      const c = candidates[other]!;
      if (c.count < left) continue;
      const price = (draft.setup(u, c.i) + left * draft.seconds(u, c.i)) * prices[kind[c.i]!]!;
      const better = price < bestPrice * (1 - 1e-9);
      if (better || (price <= bestPrice * (1 + 1e-9) && c.count < candidates[best]!.count)) {
        best = other;
        bestPrice = Math.min(price, bestPrice);
      }
    }
    draft.add(u, candidates[best]!.i, left);
    return 0;
  }
  return left;
}
