/** A first plan: lots are poured into slots up to the least common finishing time at which everything fits. */
import { Draft, type Lot, type Problem } from './draft.js';
import { pricesOf } from './prices.js';

/** Finishing times are told apart down to this share of the span. */
const precision = 1e-3;
/** The same for problems of more lots times slots than this: what is left over is evened out later. */
const largePairs = 100_000;
const coarsePrecision = 1e-2;
const maximumSteps = 24;
/** By how much more of the span than the least a large problem is first tried. */
const likelyGap = 0.02;

/**
 * The plan with the least finishing time that pouring finds; undefined when some lot fits nowhere.
 * @param jitter factor near 1 on the size by which a lot is ordered: other orders give other plans
 */
export function fill(problem: Problem, jitter: (lot: number) => number = () => 1): Draft | undefined {
  const prices = pricesOf(problem);
  const order = orderOf(problem, prices, jitter);
  const earliest = Math.min(...problem.start);
  const large = problem.setup.length > largePairs;
  const least = large ? leastEnd(problem, prices) : earliest;
  let low = least;
  let high = large ? low + likelyGap * (low - earliest) : earliest + spanOf(problem);
  const enough = large ? coarsePrecision : precision;
  let best = pour(problem, prices, order, high);
  for (let step = 0; !best && step < maximumSteps; step++) {
    low = high;
    high = least + (high - least) * 2;
    best = pour(problem, prices, order, high);
  }
  if (best && large) high = Math.min(high, best.makespan);
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

/**
 * No plan ends earlier: lots where a slot's second is cheapest, without loads, fill what slots have until then (the dual
 * of the divisible problem at these prices).
 */
function leastEnd({ lots, start, kind }: Problem, prices: Float64Array): number {
  let work = 0;
  for (const { count, seconds } of lots) {
    let least = Infinity;
    seconds.forEach((value, k) => (least = Math.min(least, value * prices[k]!)));
    work += count * least;
  }
  const order = Array.from(start.keys()).sort((a, b) => start[a]! - start[b]!);
  let end = start[order[0]!]!;
  let rate = 0;
  for (const i of order) {
    const room = rate * (start[i]! - end);
    if (room >= work) break;
    work -= room;
    end = start[i]!;
    rate += prices[kind[i]!]!;
  }
  return end + work / rate;
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
    const known = holders.get(lot.key) ?? [];
    const taken = pourLot(draft, prices, u, lot, end, known);
    if (!taken) return undefined;
    holders.set(lot.key, [...known, ...taken.sort((a, b) => a - b)]);
  }
  return draft;
}

/** Gives a lot to slots, those that hold its key first; returns the slots, or nothing when it does not fit. */
function pourLot(
  draft: Draft,
  prices: Float64Array,
  u: number,
  lot: Lot,
  end: number,
  holders: readonly number[],
): number[] | undefined {
  const { kind } = draft.problem;
  const taken: number[] = [];
  let left = lot.count;
  const room = (i: number) => Math.floor((end - draft.finish[i]! - draft.setup(u, i)) / draft.seconds(u, i) + 1e-9);
  const give = (i: number, count: number) => {
    draft.add(u, i, count);
    left -= count;
    taken.push(i);
  };
  for (const i of holders) {
    const count = Math.min(left, room(i));
    if (count > 0) give(i, count);
    if (left === 0) return taken;
  }

  /** Tasks that there is room for. */
  const counts = new Float64Array(draft.slots);
  const price = new Float64Array(draft.slots);
  const candidates: number[] = [];
  for (let i = 0; i < draft.slots; i++) {
    const seconds = lot.seconds[kind[i]!]!;
    if (seconds === Infinity) continue;
    const count = room(i);
    if (count < 1) continue;
    const most = Math.min(count, left);
    counts[i] = count;
    price[i] = ((draft.setup(u, i) + most * seconds) / most) * prices[kind[i]!]!;
    candidates.push(i);
  }
  candidates.sort((a, b) => price[a]! - price[b]! || counts[b]! - counts[a]! || a - b);
  for (let next = 0; next < candidates.length; next++) {
    const i = candidates[next]!;
    const count = counts[i]!;
    if (count < left) {
      give(i, count);
      continue;
    }
    // The rest goes where it costs least, and of such slots where it leaves least room.
    let best = i;
    let bestPrice = Infinity;
    for (let other = next; other < candidates.length; other++) {
      const c = candidates[other]!;
      if (counts[c]! < left) continue;
      const rest = (draft.setup(u, c) + left * draft.seconds(u, c)) * prices[kind[c]!]!;
      const better = rest < bestPrice * (1 - 1e-9);
      if (better || (rest <= bestPrice * (1 + 1e-9) && counts[c]! < counts[best]!)) {
        best = c;
        bestPrice = Math.min(rest, bestPrice);
      }
    }
    give(best, left);
    return taken;
  }
  return undefined;
}
