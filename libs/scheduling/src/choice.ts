/** What a slot does next: its planned work if it is its turn, else what it can take over to some use. */
import { bestRun } from './cost.js';
import type { Gates } from './gates.js';
import type { Plan } from './plan/plan.js';
import type { Segment } from './plan/segments.js';
import { ahead } from './shares.js';
import { loadSeconds, type Slot, type Slots } from './slots.js';
import { headFor, type Lane, type Need, type WorkIndex } from './work.js';

/** Planned work that is looked at, over all needs and at least of each, to find some to take over. */
const searched = 192;
const searchedOfEach = 3;
/** Slots that are looked at one by one to tell when they are through. */
const counted = 16;

export interface Choice {
  need: Need;
  /** The lanes of the need that may be served, the first to be served first. */
  lanes: readonly Lane[];
  /** Most tasks to take. */
  quota: number;
  /** It is the turn of others than those whose work the slot would go on with: their quantum begins. */
  forced: boolean;
}

export class Chooser {
  constructor(
    private readonly index: WorkIndex,
    private readonly slots: Slots,
    private readonly gates: Gates,
    private readonly plan: Plan,
  ) {}

  /** Work for an idle slot, or none. */
  choose(slot: Slot, at: number): Choice | undefined {
    const { eligible, allowed } = this.gates.turn(slot, at);
    if (eligible.length === 0) return undefined;
    if (allowed.length < eligible.length) {
      this.gates.mark(slot, allowed);
      const inTurn = this.held(slot) ?? this.outOfTurn(slot, allowed, at);
      if (inTurn) return inTurn;
    }
    this.gates.mark(slot, eligible);
    return this.planned(slot) ?? this.takeOver(slot, eligible, at);
  }

  /** More of the same for a slot that is busy: while each slot that holds it has a task of it left to get. */
  more(slot: Slot, at: number): Choice | undefined {
    const segment = slot.segments.find(({ need }) => need.residencyKey === slot.resident);
    if (!segment || segment.need.remaining < this.slots.holders(segment.need.residencyKey)) return undefined;
    // Near the end nothing is tied to a slot before it can begin: another may be free sooner.
    const run = bestRun(this.index.fit(segment.need, slot.profile), segment.count);
    if (this.slots.count > 1 && this.plan.seconds(slot) < 2 * run.seconds) return undefined;
    this.gates.mark(slot, this.gates.turn(slot, at).allowed);
    const lanes = this.lanesOf(segment.need);
    if (lanes.length === 0) return undefined;
    return { need: segment.need, lanes, quota: segment.count, forced: false };
  }

  /** Near the end smaller runs: the last ones of all slots then end closer together. */
  private tapered(slot: Slot, need: Need, quota: number): number {
    const fit = this.index.fit(need, slot.profile);
    const left = this.plan.seconds(slot);
    const run = bestRun(fit, quota);
    if (run.size === 1 || left >= 2 * run.seconds) return quota;
    const smaller = fit.runs.findLast(({ seconds }) => 2 * seconds <= left);
    return smaller?.size ?? 1;
  }

  private planned(slot: Slot): Choice | undefined {
    const held = this.held(slot);
    if (held) return held;
    const segment = slot.segments.find(({ need }) => this.isMarked(need));
    return segment && this.fromPlan(segment);
  }

  /** Planned work that needs what the slot has loaded. */
  private held(slot: Slot): Choice | undefined {
    const { resident } = slot;
    const segment = slot.segments.find(({ need }) => need.residencyKey === resident && this.isMarked(need));
    return segment && this.fromPlan(segment);
  }

  private fromPlan({ slot, need, count }: Segment): Choice {
    return { need, lanes: this.lanesOf(need), quota: this.tapered(slot, need, count), forced: false };
  }

  /** Planned for other slots: as much as lets both end together, from where that gains most. */
  private takeOver(slot: Slot, allowed: readonly Lane[], at: number): Choice | undefined {
    let best: { need: Need; from: Slot; count: number } | undefined;
    let unplanned: Need | undefined;
    let gained = 1e-9;
    const own = this.plan.finish(slot, at);
    const needs = new Set(allowed.map(({ need }) => need));
    const most = Math.max(searchedOfEach, Math.floor(searched / needs.size));
    for (const need of needs) {
      if (need.remaining > need.planned && !(unplanned && unplanned.key < need.key)) unplanned = need;
      if (unplanned) continue;
      const fit = this.index.fit(need, slot.profile);
      const begins = own + loadSeconds(slot, need, fit);
      const winsTie = !best || need.key <= best.need.key;
      let looked = 0;
      for (const { slot: from, count: has } of need.segments.values()) {
        if (++looked > most) break;
        if (from === slot) continue;
        const end = servable(need, from) ? this.plan.finish(from, at) : Infinity;
        if (begins + fit.seconds >= end) continue;
        if (end === Infinity) {
          if (gained === Infinity && !winsTie) continue;
          gained = Infinity;
          best = { need, from, count: has };
          continue;
        }
        const there = this.index.fit(need, from.profile).seconds;
        const count = Math.min(has, Math.max(1, Math.floor((end - begins) / (fit.seconds + there))));
        const gain = end - Math.max(end - count * there, begins + count * fit.seconds);
        if (gain > gained || (gain === gained && best && need.key < best.need.key))
          [best, gained] = [{ need, from, count }, gain];
      }
    }
    if (unplanned) {
      const quota = unplanned.remaining - unplanned.planned;
      return { need: unplanned, lanes: this.lanesOf(unplanned), quota, forced: false };
    }
    if (!best) return undefined;
    const { need, from, count } = best;
    this.plan.move(need, slot, count, from);
    // The next who looks sees others first.
    const left = need.segments.get(from);
    if (left && need.segments.delete(from)) need.segments.set(from, left);
    return { need, lanes: this.lanesOf(need), quota: this.tapered(slot, need, count), forced: false };
  }

  /**
   * It is somebody's turn for whom the slot has nothing planned: the need that is loaded, else the one of highest
   * priority, else the one that it can begin soonest; if it can begin sooner than others finish.
   */
  private outOfTurn(slot: Slot, allowed: readonly Lane[], at: number): Choice | undefined {
    let best: Need | undefined;
    let soonest = Infinity;
    let first = -Infinity;
    for (const lane of allowed) {
      const { need } = lane;
      const fit = this.index.fit(need, slot.profile);
      const load = loadSeconds(slot, need, fit);
      const rank = load === 0 ? Infinity : this.gates.effectivePriority(lane, at);
      const later = load > soonest || (load === soonest && best !== undefined && need.key >= best.key);
      if (rank < first || (rank === first && later)) continue;
      if (load + fit.seconds > this.othersEnd(slot, need, at)) continue;
      [best, soonest, first] = [need, load, rank];
    }
    if (!best) return undefined;
    const lanes = this.lanesOf(best);
    const waiting = lanes.reduce((sum, { items }) => sum + items.reduce((n, { remaining }) => n + remaining, 0), 0);
    const share = Math.ceil(waiting / (this.slots.holders(best.residencyKey) + 1));
    const quota = best.segments.get(slot)?.count ?? Math.max(1, share);
    return { need: best, lanes, quota, forced: soonest > 0 };
  }

  /** Seconds after which the slots that hold a need's key could have done all that waits of it. */
  private othersEnd(slot: Slot, need: Need, at: number): number {
    const holders = this.slots.holders(need.residencyKey);
    if (holders === 0) return Infinity;
    // Of many it is enough to know that each is halfway through a run.
    const { seconds } = this.index.fit(need, slot.profile);
    if (holders > counted) return (0.5 + Math.ceil(need.remaining / holders)) * seconds;
    let rate = 0;
    let busy = 0;
    let count = 0;
    for (const other of this.slots.holding(need.residencyKey)) {
      if (other === slot || other.held) continue;
      const { lack, seconds } = this.index.fit(need, other.profile);
      if (lack) continue;
      rate += 1 / seconds;
      busy += Math.max(0, other.busyUntil - at) / 1000;
      count += 1;
    }
    return count === 0 ? Infinity : busy / count + Math.ceil(need.remaining / count) / (rate / count);
  }

  /** Whether some of a need may be served. */
  private isMarked({ lanes }: Need): boolean {
    for (const lane of lanes.values()) if (this.gates.mayServe(lane)) return true;
    return false;
  }

  /** The lanes of a need that may be served. */
  private lanesOf(need: Need): Lane[] {
    const lanes = [...need.lanes.values()].filter((lane) => this.gates.mayServe(lane));
    return lanes.length < 2 ? lanes : lanes.sort(compareLanes);
  }
}

/** Whether some of a need may go to a slot at all: what failed on its node goes elsewhere first. */
function servable({ lanes }: Need, { nodeId, held }: Slot): boolean {
  if (held) return false;
  for (const lane of lanes.values()) if (headFor(lane, nodeId)) return true;
  return false;
}

/** Within what may be served: who waits in person, then priority, deadline, share and age. */
function compareLanes(a: Lane, b: Lane): number {
  const [first, other] = [a.items[0]!, b.items[0]!];
  return (
    Number(b.interactive) - Number(a.interactive) ||
    b.priority - a.priority ||
    (a.deadlineAt === b.deadlineAt ? 0 : a.deadlineAt - b.deadlineAt) ||
    ahead(a.owner, b.owner) ||
    first.createdAt - other.createdAt ||
    (first.jobId < other.jobId ? -1 : 1)
  );
}
