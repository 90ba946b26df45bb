/** What a slot does next. */
import { affinityHoldMs } from './rules.js';
import { canRun, type Slot, type Slots } from './slots.js';
import { compareItems, type Need, type WorkIndex, type WorkItem } from './work.js';

export interface Choice {
  need: Need;
  item: WorkItem;
  /** The slot holds what the work needs. */
  resident: boolean;
  /** Held back by affinity for as long as may be: its turn comes before that of the loaded checkpoint. */
  overdue: boolean;
}

/**
 * The best work for a slot, or none: one look at each need.
 *
 * Higher priority comes first. Within a priority the slot stays on what it has loaded, unless it did so for the whole
 * of the affinity's hold and other work was not served anywhere for as long: then the longest waiting goes first.
 * Otherwise the oldest job does.
 */
export function chooseFor(slot: Slot, slots: Slots, index: WorkIndex, at: number): Choice | undefined {
  const tenureIsOver = at - slot.residentSince >= affinityHoldMs;
  let best: Choice | undefined;
  for (const need of index.needs) {
    if (!canRun(slot, need) || index.suspended.has(need.residencyKey)) continue;
    const item = need.items.find(
      ({ avoid, forgiven, costKey }) =>
        (forgiven || !avoid.includes(slot.nodeId)) && slots.hasRoom(slot, need, costKey),
    );
    if (!item) continue;
    const resident = need.residencyKey === slot.resident;
    const overdue = tenureIsOver && !resident && at - need.servedAt >= affinityHoldMs;
    const choice = { need, item, resident, overdue };
    if (!best || compareChoices(choice, best) < 0) best = choice;
  }
  return best;
}

function compareChoices(a: Choice, b: Choice): number {
  return (
    b.item.priority - a.item.priority ||
    Number(b.overdue) - Number(a.overdue) ||
    (a.overdue ? a.need.servedAt - b.need.servedAt : 0) ||
    Number(b.resident) - Number(a.resident) ||
    compareItems(a.item, b.item)
  );
}
