/** Which slot is to do how much of each need, so that all end together with the fewest loads. */
import { secondsOfTasks } from '../cost.js';
import { loadedOn, loadSeconds, type Loaded, type Slot, type Slots } from '../slots.js';
import type { Need, WorkIndex } from '../work.js';
import { Draft } from './draft.js';
import { fill } from './fill.js';
import { improve } from './improve.js';
import { replacing, toProblem } from './problem.js';

/** Slot-lot pairs that one decision pays for: planning anew stays a small part of the work of deciding. */
const pairsPerDecision = 250;
/** Pairs that may be spent before the first decision. */
const pairsAtStart = 20_000_000;
/** How often a pair is looked at while a plan is made, about. */
const looksPerPair = 16;
/** Orders of pouring that are tried while that is cheap. */
const trials = 6;
const cheapPairs = 20_000;
/** Slots that are looked at while a plan is improved, each move looking at all of them. */
const looksToImprove = 3_000_000;
/** Tasks of a need that are placed one by one. */
const few = 4;
/** Share of the work, or of the slots, whose change makes a plan from scratch worth its while. */
const notable = 0.05;

export class Plan {
  private credit = pairsAtStart;
  /** Slots that came, went or changed since the last plan from scratch. */
  private slotsChanged = 0;
  private costsChanged = false;
  /** Some work may have no slot. */
  private open = false;

  constructor(
    private readonly index: WorkIndex,
    private readonly slots: Slots,
    /** Whether a slot that works reads what it loads next. */
    private readonly readsAhead: boolean,
  ) {}

  noteWork(): void {
    this.open = true;
  }

  noteSlot(): void {
    this.slotsChanged += 1;
    this.open = true;
  }

  noteCosts(): void {
    this.costsChanged = true;
    this.open = true;
  }

  /** A decision was made: it pays for plans to come. */
  decided(): void {
    this.credit = Math.min(pairsAtStart, this.credit + pairsPerDecision * looksPerPair);
  }

  /** Gives all waiting work to slots: from scratch where much has changed and that is paid for, else what is new alone. */
  cover(at: number): void {
    if (!this.open) return;
    const slots = [...this.slots.all].filter(({ held }) => held === undefined);
    const needs = this.plannable(slots);
    if (needs.length === 0) return;
    this.open = false;
    const pairs = needs.length * slots.length * looksPerPair;
    const due = this.isOutdated(needs);
    if (due && this.credit >= pairs) {
      this.credit -= pairs;
      this.slotsChanged = 0;
      this.costsChanged = false;
      for (const slot of this.slots.all) this.forget(slot);
      this.draw(slots, needs.sort(byKey), at);
      return;
    }
    const open = needs.filter(({ remaining, planned }) => remaining > planned);
    if (open.length > 0) this.draw(slots, open.sort(byKey), at);
    this.open = due;
  }

  private isOutdated(needs: readonly Need[]): boolean {
    let unplanned = 0;
    for (const { remaining, planned } of needs) unplanned += remaining - planned;
    const much = unplanned >= notable * this.index.remaining;
    return much || this.costsChanged || this.slotsChanged >= Math.max(1, notable * this.slots.count);
  }

  /** Seconds that the slot's planned work takes, loads included. */
  seconds(slot: Slot): number {
    if (slot.planSeconds === undefined) {
      let seconds = 0;
      let held = loadedOn(slot);
      for (const { need, count } of slot.segments) {
        const fit = this.index.fit(need, slot.profile);
        seconds += this.load(slot, need, held);
        held = need;
        seconds += secondsOfTasks(fit, count);
      }
      slot.planSeconds = seconds;
    }
    return slot.planSeconds;
  }

  /** Seconds that the slot loads for a need after what it then has loaded; what it works beside may be read ahead. */
  load(slot: Slot, need: Need, after: Loaded | undefined): number {
    if (after?.residencyKey === need.residencyKey) return 0;
    const fit = this.index.fit(need, slot.profile);
    const seconds = loadSeconds(slot, need, fit);
    const ahead = this.readsAhead && after ? Math.min(seconds, fit.loadSeconds.ram) : seconds;
    return after?.checkpoint === need.checkpoint ? Math.min(ahead, fit.changeSeconds) : ahead;
  }

  /** Seconds from now until the slot is through with all that it has and is planned to have. */
  finish(slot: Slot, at: number): number {
    return Math.max(0, slot.busyUntil - at) / 1000 + this.seconds(slot);
  }

  /** The slot takes tasks of a need: those planned for it, else those that would be done last. */
  take(slot: Slot, need: Need, count: number, at: number): void {
    let left = count - this.reduce(slot, need, count);
    left -= Math.min(left, need.remaining - need.planned);
    if (left > 0) this.trim(need, left, at);
  }

  /** Moves planned tasks of a need to a slot from where they would be done last. */
  move(need: Need, to: Slot, count: number, from: Slot): void {
    this.grow(to, need, this.reduce(from, need, count));
  }

  /** Plans no more of each need than there is, after work was taken away. */
  shrink(at: number): void {
    for (const need of this.index.takeGone()) this.drop(need);
    const over = [...this.index.needs].filter(({ planned, remaining }) => planned > remaining);
    for (const need of over.sort(byKey)) this.trim(need, need.planned - need.remaining, at);
  }

  /** Nothing is planned of the need any more. */
  drop(need: Need): void {
    for (const slot of [...need.segments.keys()]) this.reduce(slot, need, Infinity);
  }

  /** Nothing is planned for the slot any more. */
  forget(slot: Slot): void {
    for (const { need } of [...slot.segments]) this.reduce(slot, need, Infinity);
  }

  private plannable(slots: readonly Slot[]): Need[] {
    const profiles = new Set(slots.map(({ profile }) => profile));
    return [...this.index.needs].filter(
      (need) =>
        need.remaining > 0 &&
        !this.index.suspended.has(need.residencyKey) &&
        [...profiles].some((profile) => !this.index.fit(need, profile).lack),
    );
  }

  private draw(slots: readonly Slot[], needs: readonly Need[], at: number): void {
    if (needs.every(({ remaining, planned }) => remaining - planned <= few)) return this.place(slots, needs, at);
    const problem = toProblem(slots, needs, this.index, (slot) => this.finish(slot, at), this.readsAhead);
    let best: Draft | undefined;
    const cheap = slots.length * needs.length <= cheapPairs && needs.length > 1;
    for (let trial = 0; trial < (cheap ? trials : 1); trial++) {
      const draft = fill(problem, (lot) => 1 + (0.25 * trial * scatter(lot + 31 * trial)) / trials);
      if (!draft) return;
      improve(draft, Math.min(3 * slots.length, Math.ceil(looksToImprove / slots.length)));
      if (!best || draft.makespan < best.makespan) best = draft;
    }
    best?.counts.forEach((counts, i) => {
      for (const [lot, count] of counts ?? []) this.grow(slots[i]!, needs[lot]!, count);
    });
    best?.counts.forEach((counts, i) => counts && this.order(slots[i]!));
  }

  /** A few tasks go one by one to where each is done soonest. */
  private place(slots: readonly Slot[], needs: readonly Need[], at: number): void {
    const ends = Float64Array.from(slots, (slot) => this.finish(slot, at));
    for (const need of needs)
      while (need.remaining > need.planned) {
        let best: number | undefined;
        let soonest = Infinity;
        for (let i = 0; i < slots.length; i++) {
          if (ends[i]! >= soonest) continue;
          const slot = slots[i]!;
          const { lack, seconds } = this.index.fit(need, slot.profile);
          if (lack) continue;
          const load = need.segments.has(slot) ? 0 : this.load(slot, need, loadedOn(slot));
          const replaces = load > 0 && slot.resident !== undefined ? replacing : 0;
          const end = ends[i]! + load + replaces + seconds;
          if (end < soonest) [best, soonest] = [i, end];
        }
        if (best === undefined) break;
        this.grow(slots[best]!, need, 1);
        this.order(slots[best]!);
        ends[best] = this.finish(slots[best]!, at);
      }
  }

  /**
   * What is urgent comes first, then what is loaded and what else its checkpoint serves; last what many slots share:
   * there the ends can be evened out without a load. What needs one checkpoint stays together.
   */
  private order(slot: Slot): void {
    const keyOf = ({ residencyKey }: Need) => residencyKey;
    const shared = (need: Need) => need.segments.size;
    const sharedOf = new Map<string, number>();
    for (const { need } of slot.segments)
      sharedOf.set(need.checkpoint, Math.min(shared(need), sharedOf.get(need.checkpoint) ?? Infinity));
    const urgency = new Map(slot.segments.map(({ need }) => [need, urgencyOf(need)]));
    slot.segments.sort(
      (a, b) =>
        urgency.get(b.need)! - urgency.get(a.need)! ||
        Number(keyOf(b.need) === slot.resident) - Number(keyOf(a.need) === slot.resident) ||
        Number(b.need.checkpoint === slot.checkpoint) - Number(a.need.checkpoint === slot.checkpoint) ||
        Number(slot.inRam.has(keyOf(b.need))) - Number(slot.inRam.has(keyOf(a.need))) ||
        sharedOf.get(a.need.checkpoint)! - sharedOf.get(b.need.checkpoint)! ||
        compareText(a.need.checkpoint, b.need.checkpoint) ||
        shared(a.need) - shared(b.need) ||
        compareText(keyOf(a.need), keyOf(b.need)) ||
        (a.need.key < b.need.key ? -1 : 1),
    );
    slot.planSeconds = undefined;
  }

  /** Takes tasks of a need out of the plan, from the slots that would come to them last. */
  private trim(need: Need, count: number, at: number): void {
    let left = count;
    while (left > 0 && need.segments.size > 0) {
      let last: Slot | undefined;
      let end = -1;
      for (const slot of need.segments.keys()) {
        const finish = this.finish(slot, at);
        if (finish > end) [last, end] = [slot, finish];
      }
      // Half of it at a time, so that no slot is emptied while others stay full.
      const has = need.segments.get(last!)!.count;
      left -= this.reduce(last!, need, Math.min(left, need.segments.size === 1 ? has : Math.ceil(has / 2)));
    }
  }

  private grow(slot: Slot, need: Need, count: number): void {
    if (count <= 0) return;
    let segment = need.segments.get(slot);
    if (!segment) {
      segment = { slot, need, count: 0 };
      need.segments.set(slot, segment);
      slot.segments.push(segment);
    }
    segment.count += count;
    need.planned += count;
    slot.planSeconds = undefined;
  }

  /** Takes up to `count` tasks out of a segment; returns how many there were. */
  private reduce(slot: Slot, need: Need, count: number): number {
    const segment = need.segments.get(slot);
    if (!segment) return 0;
    const taken = Math.min(count, segment.count);
    segment.count -= taken;
    need.planned -= taken;
    slot.planSeconds = undefined;
    if (segment.count === 0) {
      need.segments.delete(slot);
      slot.segments = slot.segments.filter((other) => other !== segment);
    }
    return taken;
  }
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** An order that does not depend on when needs came up. */
const byKey = (a: Need, b: Need) => (a.key < b.key ? -1 : 1);

/** The priority of what comes first in a need. */
function urgencyOf({ lanes }: Need): number {
  let most = -Infinity;
  for (const { interactive, priority } of lanes.values()) most = Math.max(most, interactive ? 1e6 : priority);
  return most;
}

/** A number from -1 to 1 that looks random: a hash of an integer. */
function scatter(value: number): number {
  const hash = Math.imul((value + 1) ^ ((value + 1) >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 12)) >>> 0) / 2 ** 31 - 1;
}
