import { chooseFor, type Choice } from './choice.js';
import { Jobs } from './jobs.js';
import { Slots, type Slot } from './slots.js';
import type { Assign, Decision, Policy, PolicyEvent } from './types.js';
import { explainWaiting } from './waiting.js';
import { WorkIndex } from './work.js';

/** A policy without jobs and slots. */
export function createPolicy(): Policy {
  const index = new WorkIndex();
  const jobs = new Jobs(index);
  const slots = new Slots();

  /** Takes a fact in; gives the slots that may have something to do because of it. */
  function take(event: PolicyEvent): Iterable<Slot> {
    switch (event.type) {
      case 'job-added':
        jobs.add(event);
        return slots.open;
      case 'job-removed':
        jobs.remove(event.jobId);
        return slots.open;
      case 'job-paused':
        jobs.setPaused(event.jobId, true, event.at);
        return slots.open;
      case 'job-resumed':
        jobs.setPaused(event.jobId, false, event.at);
        return slots.open;
      case 'job-priority':
        jobs.setPriority(event.jobId, event.priority, event.at);
        return slots.open;
      case 'tasks-returned':
        jobs.giveBack(event);
        return slots.open;
      case 'tick':
        jobs.forgive(event.at);
        return slots.open;
      case 'slot-added':
        slots.add(event);
        return only(event.slotId);
      case 'slot-changed':
        slots.change(event);
        return only(event.slotId);
      case 'slot-free':
        slots.free(event.slotId);
        return only(event.slotId);
      case 'slot-loaded':
        slots.setResident(event.slotId, event.resident, event.at);
        return only(event.slotId);
      case 'out-of-memory':
        slots.lowerCap(event.slotId, event.costKey, event.group);
        return slots.open;
      case 'key-suspended':
        index.suspended.set(event.residencyKey, event.sentence);
        return [];
      case 'key-resumed':
        index.suspended.delete(event.residencyKey);
        return slots.open;
      case 'slot-removed':
        slots.remove(event.slotId);
        return [];
    }
  }

  function only(slotId: string): Slot[] {
    const slot = slots.get(slotId);
    return slot ? [slot] : [];
  }

  /** Gives work to `served`, as far as they have places and there is work for them. */
  function assignTo(served: readonly Slot[], at: number): Assign[] {
    const assigned: Assign[] = [];
    const assign = (slot: Slot, choice: Choice) => assigned.push(settle(slot, choice, at));

    // Slots that hold what their best work needs go first: so no other one loads it in their stead.
    let idle = served.filter(({ occupied }) => occupied === 0);
    for (let before = -1; before !== assigned.length;) {
      before = assigned.length;
      for (const slot of idle) {
        const choice = chooseFor(slot, slots, index, at);
        if (choice?.resident) assign(slot, choice);
      }
      idle = idle.filter(({ occupied }) => occupied === 0);
    }
    // The others must load something: the empty first, then those whose checkpoint was used longest ago.
    for (const slot of idle.sort(byLoss)) {
      const choice = chooseFor(slot, slots, index, at);
      if (choice) assign(slot, choice);
    }
    // A second place is for more of the same; the last tasks of a need stay free for whichever slot ends first.
    for (const slot of served.filter(({ occupied }) => occupied === 1)) {
      const choice = chooseFor(slot, slots, index, at);
      if (choice?.resident && choice.need.remaining >= slots.ableTo(choice.need)) assign(slot, choice);
    }
    return assigned;
  }

  function settle(slot: Slot, { need, item }: Choice, at: number): Assign {
    const { jobId, classId, avoid } = item;
    // No more than an even share: the other slots would end long before this one.
    const share = Math.ceil(item.remaining / slots.ableTo(need));
    const count = item.reproducible ? 1 : Math.min(slots.largestGroup(slot, item.costKey), share);
    need.servedAt = at;
    jobs.take(item, count);
    slots.assign(slot, need, at);
    return { type: 'assign', slotId: slot.slotId, jobId, classId, count, avoid };
  }

  return {
    apply(event): Decision[] {
      const served = [...take(event)];
      const decisions = assignTo(served, event.at);
      index.forgetEmpty();
      return decisions;
    },
    waitingFor: (jobId) => explainWaiting(jobId, jobs, index, slots),
  };
}

/** Slots in the order in which it hurts least to replace what they have loaded. */
function byLoss(a: Slot, b: Slot): number {
  return Number(a.resident !== undefined) - Number(b.resident !== undefined) || a.assignedAt - b.assignedAt;
}
