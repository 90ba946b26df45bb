import { Chooser } from './choice.js';
import { lateCopies } from './copies.js';
import { Costs } from './cost.js';
import { Forecasts } from './forecast.js';
import { Gates } from './gates.js';
import { Jobs } from './jobs.js';
import { Plan } from './plan/plan.js';
import { Settlement } from './settle.js';
import { Shares } from './shares.js';
import { Slots, type Slot } from './slots.js';
import type { Decision, Policy, PolicyEvent, PolicyOptions } from './types.js';
import { Explanations } from './waiting.js';
import { WorkIndex } from './work.js';

/** A policy without jobs and slots. */
export function createPolicy(options: PolicyOptions = {}): Policy {
  let now = 0;
  const { placesPerSlot = 2, lateCopies: copies = false, prefetch = false } = options;
  const costs = new Costs();
  const index = new WorkIndex(costs);
  const shares = new Shares();
  const jobs = new Jobs(index, shares);
  const slots = new Slots(placesPerSlot);
  const gates = new Gates(index, slots);
  const plan = new Plan(index, slots, prefetch);
  const chooser = new Chooser(index, slots, gates, plan);
  const settlement = new Settlement(index, jobs, slots, shares, gates, plan);
  const farm = { paused: false };
  const explanations = new Explanations({ jobs, index, slots, gates, farm });
  const forecasts = new Forecasts(jobs, index, slots, plan);

  /** Takes a fact in; gives the slots that may have something to do because of it. */
  function take(event: PolicyEvent): Iterable<Slot> {
    const { at } = event;
    switch (event.type) {
      case 'job-added':
        jobs.add(event);
        return workChanged(at);
      case 'job-removed':
        jobs.remove(event.jobId);
        return workChanged(at);
      case 'job-paused':
        jobs.setPaused(event.jobId, true, at);
        return workChanged(at);
      case 'job-resumed':
        jobs.setPaused(event.jobId, false, at);
        return workChanged(at);
      case 'job-priority':
        jobs.setPriority(event.jobId, event.priority, at);
        return workChanged(at);
      case 'tasks-returned':
        jobs.giveBack(event);
        return workChanged(at);
      case 'tick':
        jobs.forgive(at);
        return slots.open;
      case 'slot-added': {
        remove(event.slotId);
        const slot = slots.add(event);
        plan.noteSlot();
        reviewMemory();
        return [slot];
      }
      case 'slot-changed':
        return changed(event);
      case 'slot-free': {
        const slot = slots.get(event.slotId);
        if (slot) settlement.end(slot, at, event.seconds);
        return gates.limited ? slots.open : only(slot);
      }
      case 'slot-loaded': {
        const slot = slots.get(event.slotId);
        if (slot) slots.setResident(slot, event.resident);
        return only(slot);
      }
      case 'slot-removed':
        remove(event.slotId);
        return slots.open;
      case 'slot-held': {
        const slot = slots.get(event.slotId);
        if (slot) slot.held = event.rule ?? undefined;
        if (slot?.held) plan.forget(slot);
        plan.noteSlot();
        return slots.open;
      }
      case 'out-of-memory': {
        const slot = slots.get(event.slotId);
        if (!slot) return [];
        costs.lower(event.costKey, slot.profile.slotType, event.group);
        reviewMemory();
        return predicted(event.costKey);
      }
      case 'key-suspended':
        index.suspended.set(event.residencyKey, event.sentence);
        for (const need of index.needs) if (need.residencyKey === event.residencyKey) plan.drop(need);
        return slots.open;
      case 'key-resumed':
        index.suspended.delete(event.residencyKey);
        plan.noteWork();
        return slots.open;
      case 'farm-paused':
        farm.paused = event.paused;
        return slots.open;
      case 'chassis-budget':
        if (event.watts === null) slots.chassisWatts.delete(event.chassis);
        else slots.chassisWatts.set(event.chassis, event.watts);
        return slots.open;
      case 'cost':
        if (costs.set(event.costKey, event.slotType, event.cost)) reviewMemory();
        slots.reviewRuns(event.costKey, event.slotType, event.cost, at);
        return predicted(event.costKey);
      case 'share':
        shares.set(event.project, event.user, event);
        return slots.open;
    }
  }

  function workChanged(at: number): Iterable<Slot> {
    plan.shrink(at);
    plan.noteWork();
    return slots.open;
  }

  function predicted(costKey: string): Iterable<Slot> {
    if (!index.forgetFits(costKey)) return [];
    for (const slot of slots.all) slot.planSeconds = undefined;
    plan.noteCosts();
    return slots.open;
  }

  function remove(slotId: string): void {
    const slot = slots.remove(slotId);
    if (!slot) return;
    settlement.abandon(slot);
    plan.forget(slot);
    plan.noteSlot();
    reviewMemory();
  }

  function reviewMemory(): void {
    if (!costs.hasCaps) return;
    const types = new Set([...slots.all].map(({ profile }) => profile.slotType));
    for (const costKey of costs.reviewLastResorts(types)) void predicted(costKey);
  }

  function changed(event: Extract<PolicyEvent, { type: 'slot-changed' }>): Slot[] {
    const profile = slots.get(event.slotId)?.profile;
    const slot = slots.change(event);
    if (slot && slot.profile !== profile) {
      plan.forget(slot);
      plan.noteSlot();
    }
    return only(slot);
  }

  const only = (slot: Slot | undefined): Slot[] => (slot ? [slot] : []);

  /** Gives work to `served`, as far as they have places and there is work for them. */
  function assignTo(served: Iterable<Slot>, at: number): Decision[] {
    const decisions: Decision[] = [];
    if (farm.paused || index.remaining === 0) return decisions;
    gates.limited = false;
    plan.cover(at);
    // In an order that tells nothing of what came before: equal states decide alike.
    const able = [...served]
      .filter(({ held, occupied }) => !held && occupied < placesPerSlot)
      .sort((a, b) => a.order - b.order);
    // Slots that go on with what they have loaded come first: so no other one loads it in their stead.
    const idle = able.filter(({ occupied }) => occupied === 0).sort((a, b) => loads(a) - loads(b));
    // What one slot finds nothing in, others of its profile with the same checkpoint need not search again.
    const fruitless = new Set<string>();
    for (const slot of idle) {
      if (index.remaining === 0) break;
      const like = `${slot.profile.id} ${slot.resident ?? ''}`;
      if (slot.segments.length === 0 && fruitless.has(like)) continue;
      if (!slots.powerAllows(slot)) {
        gates.limited = true;
        continue;
      }
      const choice = chooser.choose(slot, at);
      if (choice) decisions.push(settlement.settle(slot, choice, at));
      else if (!gates.avoided) fruitless.add(like);
    }
    for (const slot of able) {
      if (index.remaining === 0) break;
      if (slot.occupied === 0) continue;
      const choice = slot.occupied < placesPerSlot ? chooser.more(slot, at) : undefined;
      if (choice) decisions.push(settlement.settle(slot, choice, at));
      if (prefetch) decisions.push(...nextLoad(slot));
    }
    return decisions;
  }

  /** What the slot loads next, as soon as it is known and while it works. */
  function nextLoad(slot: Slot): Decision[] {
    const next = slot.segments.find(({ need }) => need.residencyKey !== slot.resident)?.need.residencyKey;
    if (next === undefined || slot.inRam.has(next) || slot.prefetching === next) return [];
    slot.prefetching = next;
    return [{ type: 'prefetch', slotId: slot.slotId, residencyKey: next }];
  }

  return {
    apply(event): Decision[] {
      now = event.at;
      const decisions = assignTo(take(event), event.at);
      if (copies && event.type === 'tick' && !farm.paused)
        decisions.push(...lateCopies(slots, costs, settlement, event.at));
      return decisions;
    },
    waitingFor: (jobId) => explanations.ofJob(jobId, now),
    idleFor: (slotId) => explanations.ofSlot(slotId),
    forecast: (jobId) => forecasts.ofJob(jobId, now),
    queuePosition: (jobId) => forecasts.queuePosition(jobId),
  };
}

/** 0 for a slot that can go on with what it has loaded, 1 for an empty one, 2 for one that must replace something. */
function loads({ segments, resident }: Slot): number {
  if (resident === undefined) return 1;
  return segments.some(({ need }) => need.residencyKey === resident) ? 0 : 2;
}
