/** Stragglers: a run that is late, or that a faster slot would end much sooner, is begun on an idle slot as well. */
import { fitInto, secondsOfRun, type Costs } from './cost.js';
import { lackOf } from './limits.js';
import type { Settlement } from './settle.js';
import { loadSeconds, type Run, type Slot, type Slots } from './slots.js';
import type { Copy } from './types.js';

/** A copy must be through in this share of the time that the run is thought to take still. */
const worthwhile = 0.6;
/** Runs that are looked at on one tick. */
const maximumLate = 16;

/** Copies of the runs that end last, on idle slots that end them sooner. Each run is copied once. */
export function lateCopies(slots: Slots, costs: Costs, settlement: Settlement, at: number): Copy[] {
  const idle = [...slots.open].filter(({ occupied, held }) => occupied === 0 && !held);
  if (idle.length === 0) return [];
  const late: { slot: Slot; run: Run; left: number }[] = [];
  for (const slot of slots.all) {
    const run = slot.runs[0];
    if (run && !run.copied && slot.occupied === slot.runs.length) late.push({ slot, run, left: secondsLeft(run, at) });
  }
  late.sort((a, b) => b.left - a.left || a.slot.order - b.slot.order);

  const copies: Copy[] = [];
  for (const { slot, run, left } of late.slice(0, maximumLate)) {
    const best = soonest(idle, slots, costs, run);
    if (!best || best.seconds > worthwhile * left) continue;
    run.copied = true;
    idle.splice(idle.indexOf(best.slot), 1);
    settlement.begin(
      best.slot,
      { ...run, seconds: best.seconds, charges: [], interactive: false, startedAt: at, copied: true },
      at,
    );
    copies.push({ type: 'copy', slotId: best.slot.slotId, ofSlotId: slot.slotId, tasks: run.tasks });
  }
  return copies;
}

/** What is left of the predicted time; once that is over, as much again as it has taken. */
function secondsLeft({ startedAt, seconds }: Run, at: number): number {
  const passed = (at - startedAt) / 1000;
  return passed <= seconds ? seconds - passed : passed;
}

function soonest(idle: readonly Slot[], slots: Slots, costs: Costs, { need, tasks }: Run) {
  let best: { slot: Slot; seconds: number } | undefined;
  const count = tasks.reduce((sum, task) => sum + task.count, 0);
  for (const slot of idle) {
    if (!slots.powerAllows(slot)) continue;
    const cost = costs.get(need.costKey, slot.profile.slotType);
    // Of what nothing was measured, nobody can say that it is late.
    if (cost.unknown) continue;
    const fit = fitInto(cost, slot.profile);
    if (lackOf(slot.profile, need, fit) || !fit.runs.some(({ size }) => size >= count)) continue;
    const seconds = loadSeconds(slot, need, fit) + secondsOfRun(fit, count);
    if (!best || seconds < best.seconds) best = { slot, seconds };
  }
  return best;
}
