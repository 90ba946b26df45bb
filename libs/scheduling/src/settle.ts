/** From a choice to an assignment: takes the tasks out of queue and plan, charges their owners, fills the slot. */
import type { Choice } from './choice.js';
import { secondsOfRun } from './cost.js';
import { runsFor, type Gates } from './gates.js';
import { gather } from './group.js';
import type { Jobs } from './jobs.js';
import type { Plan } from './plan/plan.js';
import type { Owner, Shares } from './shares.js';
import { loadSeconds, type Run, type Slot, type Slots } from './slots.js';
import type { Assign, AssignedTasks } from './types.js';
import type { WorkIndex } from './work.js';

export class Settlement {
  constructor(
    private readonly index: WorkIndex,
    private readonly jobs: Jobs,
    private readonly slots: Slots,
    private readonly shares: Shares,
    private readonly gates: Gates,
    private readonly plan: Plan,
  ) {}

  settle(slot: Slot, choice: Choice, at: number): Assign {
    const { need, forced } = choice;
    const parts = gather(slot, choice, this.index);
    const count = parts.reduce((sum, part) => sum + part.count, 0);
    const fit = this.index.fit(need, slot.profile);
    const seconds = loadSeconds(slot, need, fit) + secondsOfRun(fit, count);
    const { lane } = parts[0]!;
    if (slot.loan && slot.loan.owner !== lane.owner) this.endLoan(slot);
    if (forced) this.lend(slot, lane.owner, this.gates.quantum(slot, lane));

    this.plan.take(slot, need, count, at);
    const charges = parts.map((part) => ({ owner: part.lane.owner, seconds: (seconds * part.count) / count }));
    const tasks = parts.map(({ item: { jobId, classId, avoid, alone }, count }): AssignedTasks => {
      return { jobId, classId, count, avoid, ...(alone && { alone }) };
    });
    for (const part of parts) {
      part.lane.servedAt = at;
      this.jobs.take(need, part.item, part.count);
    }
    const { residencyKey, checkpoint, costKey, models, features, requires } = need;
    this.begin(
      slot,
      {
        tasks,
        need: { residencyKey, checkpoint, costKey, models, features, requires },
        interactive: lane.interactive,
        seconds,
        charges,
        startedAt: at,
        copied: false,
      },
      at,
    );
    this.gates.noteRun(slot, lane.interactive, seconds);
    this.plan.decided();
    return { type: 'assign', slotId: slot.slotId, ...tasks[0]!, joined: tasks.slice(1) };
  }

  /** Puts a run on a slot and charges for it. */
  begin(slot: Slot, run: Run, at: number): void {
    for (const owner of ownersOf(run)) if (!runsFor(slot, owner)) this.shares.addSlots(owner, 1);
    for (const { owner, seconds } of run.charges) this.charge(slot, owner, seconds);
    this.slots.beginRun(slot, run, at);
    if (run.interactive) this.gates.interactiveRuns += 1;
  }

  /** The slot's first run has ended, after `seconds` as far as that is known. */
  end(slot: Slot, at: number, seconds?: number): Run | undefined {
    const run = this.slots.endRun(slot, at);
    if (!run) return undefined;
    if (run.interactive) this.gates.interactiveRuns -= 1;
    if (seconds !== undefined)
      for (const charge of run.charges) this.shares.charge(charge.owner, charge.seconds * (seconds / run.seconds - 1));
    for (const owner of ownersOf(run)) if (!runsFor(slot, owner)) this.shares.addSlots(owner, -1);
    return run;
  }

  /** The slot is gone, with what it held. */
  abandon(slot: Slot): void {
    this.endLoan(slot);
    for (const run of slot.runs) if (run.interactive) this.gates.interactiveRuns -= 1;
    for (const owner of new Set(slot.runs.flatMap(ownersOf))) this.shares.addSlots(owner, -1);
    // What never ended is charged to nobody.
    for (const { charges } of slot.runs) for (const { owner, seconds } of charges) this.shares.charge(owner, -seconds);
  }

  private charge(slot: Slot, owner: Owner, seconds: number): void {
    this.shares.charge(owner, seconds);
    if (slot.loan?.owner !== owner) return;
    const paid = Math.min(slot.loan.seconds, seconds);
    slot.loan.seconds -= paid;
    this.shares.lend(owner, -paid);
  }

  private lend(slot: Slot, owner: Owner, seconds: number): void {
    this.endLoan(slot);
    slot.loan = { owner, seconds };
    this.shares.lend(owner, seconds);
  }

  private endLoan(slot: Slot): void {
    if (slot.loan) this.shares.lend(slot.loan.owner, -slot.loan.seconds);
    slot.loan = undefined;
  }
}

const ownersOf = ({ charges }: Run): Owner[] => [...new Set(charges.map(({ owner }) => owner))];
