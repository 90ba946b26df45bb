/** Makes a plan better by moving tasks off the slot that ends last, until no single move helps. */
import type { Draft } from './draft.js';

interface Move {
  lot: number;
  to: number;
  count: number;
  /** Of the lot that comes back in exchange, all; -1: none. */
  back: number;
  /** The later of the two slots' ends after it. */
  end: number;
}

/** @param maximumMoves moves after which it stops whatever there is left to gain */
export function improve(draft: Draft, maximumMoves: number): void {
  for (let moves = 0; moves < maximumMoves; moves++) {
    const from = lastOf(draft);
    const move = bestMove(draft, from) ?? bestExchange(draft, from);
    if (!move) return;
    const back = move.back < 0 ? 0 : draft.counts[move.to]!.get(move.back)!;
    draft.add(move.lot, from, -move.count);
    if (back > 0) draft.add(move.back, move.to, -back);
    draft.add(move.lot, move.to, move.count);
    if (back > 0) draft.add(move.back, from, back);
  }
}

function lastOf({ finish }: Draft): number {
  let last = 0;
  for (let i = 1; i < finish.length; i++) if (finish[i]! > finish[last]!) last = i;
  return last;
}

/** Moving tasks of one lot to one other slot: as many as let both end together, or all. */
function bestMove(draft: Draft, from: number): Move | undefined {
  let best: Move | undefined;
  const end = draft.finish[from]!;
  const enough = end - 1e-6 * Math.max(1, end);
  for (const [lot, has] of draft.counts[from] ?? []) {
    const here = draft.seconds(lot, from);
    const saving = draft.saving(lot, from);
    for (let to = 0; to < draft.slots; to++) {
      if (to === from) continue;
      const there = draft.seconds(lot, to);
      const begins = draft.finish[to]! + draft.setup(lot, to);
      if (begins + there >= end) continue;
      const even = Math.min(has, Math.max(1, Math.round((end - begins) / (here + there))));
      for (let trial = 0; trial < 2; trial++) {
        const count = trial === 0 ? even : has;
        if (trial === 1 && even === has) break;
        const after = Math.max(end - count * here - (count === has ? saving : 0), begins + count * there);
        if (after < (best?.end ?? enough)) best = { lot, to, count, back: -1, end: after };
      }
    }
  }
  return best;
}

/** Exchanging all of one lot here for all of another there. */
function bestExchange(draft: Draft, from: number): Move | undefined {
  if (draft.slots > 128) return undefined;
  let best: Move | undefined;
  const end = draft.finish[from]!;
  const enough = end - 1e-6 * Math.max(1, end);
  for (const [lot, has] of draft.counts[from] ?? []) {
    const without = end - has * draft.seconds(lot, from) - draft.saving(lot, from);
    for (let to = 0; to < draft.slots; to++) {
      if (to === from || draft.seconds(lot, to) === Infinity) continue;
      const comes = has * draft.seconds(lot, to) + draft.setup(lot, to);
      for (const [back, other] of draft.counts[to] ?? []) {
        if (back === lot || draft.seconds(back, from) === Infinity) continue;
        const there = draft.finish[to]! - other * draft.seconds(back, to) - draft.saving(back, to) + comes;
        const after = Math.max(without + other * draft.seconds(back, from) + draft.setup(back, from), there);
        if (after < (best?.end ?? enough)) best = { lot, to, count: has, back, end: after };
      }
    }
  }
  return best;
}
