/** Which tasks share a run. */
import { bestRun } from './cost.js';
import type { Choice } from './choice.js';
import type { Slot } from './slots.js';
import { headFor, type Lane, type WorkIndex, type WorkItem } from './work.js';

export interface Part {
  lane: Lane;
  item: WorkItem;
  count: number;
}

/**
 * The tasks of a slot's next run: the head of the first lane, and what may share a run with it, also of other jobs and
 * users, up to the size that takes least per task and fits into the slot's memory. Reproducible work runs alone, and so
 * does what failed in company.
 */
export function gather(slot: Slot, { need, lanes, quota }: Choice, index: WorkIndex): Part[] {
  const lane = lanes.find((lane) => headFor(lane, slot.nodeId))!;
  const head = headFor(lane, slot.nodeId)!;
  if (head.single) return [{ lane, item: head, count: 1 }];
  const fit = index.fit(need, slot.profile);
  const most = fit.runs.at(-1)!.size;
  const parts: Part[] = [];
  let found = 0;
  for (const from of lane.interactive ? [lane] : lanes) {
    for (const item of from.items) {
      if (found >= most) break;
      const mayGo = item.forgiven || item.avoid.length === 0 || !item.avoid.includes(slot.nodeId);
      if (item.single || item.batchKey !== head.batchKey || !mayGo) continue;
      const count = Math.min(item.remaining, most - found);
      parts.push({ lane: from, item, count });
      found += count;
    }
  }
  // The head comes first whatever stands before it.
  parts.sort((a, b) => Number(b.item === head) - Number(a.item === head));
  let left = bestRun(fit, Math.min(found, Math.max(1, quota))).size;
  return parts
    .map((part) => {
      const count = Math.min(part.count, left);
      left -= count;
      return { ...part, count };
    })
    .filter(({ count }) => count > 0);
}
