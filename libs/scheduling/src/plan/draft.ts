/**
 * A plan in numbers: how many tasks of each lot each slot gets. R | class setups | Cmax, with the tasks of a lot alike.
 * A slot pays a lot's setup once for all lots with the same key, and nothing for a key that it holds.
 */

/** Slots and lots of a planning problem; rows are lots, columns slots. */
export interface Problem {
  /** Seconds from now at which each slot is through with what it has. */
  readonly start: Float64Array;
  /** Slots of one kind take the same time. */
  readonly kind: Int32Array;
  readonly kinds: number;
  readonly lots: readonly Lot[];
  /** Seconds to load lot u's key on slot i, 0 where it is held, at `u * slots + i`. */
  readonly setup: Float64Array;
  /** By kind of slot and group of keys, at `kind * groups + group`: seconds from one key of the group to another. */
  readonly change: Float64Array;
  readonly groups: number;
}

export interface Lot {
  readonly count: number;
  /** Lots with equal keys share their setup. */
  readonly key: number;
  /** Keys of a group change into each other sooner than they are loaded. */
  readonly group: number;
  /** By kind of slot; Infinity where it cannot run. */
  readonly seconds: Float64Array;
}

export class Draft {
  /** By slot: tasks by lot; nothing for a slot that has none. */
  readonly counts: (Map<number, number> | undefined)[];
  readonly finish: Float64Array;
  /** Lots with a key on a slot, at `key * slots + slot`. */
  private readonly keys: Uint16Array;
  /** Keys of a group that a slot has to load, at `group * slots + slot`. */
  private readonly loaded: Uint16Array;
  readonly slots: number;

  constructor(readonly problem: Problem) {
    this.slots = problem.start.length;
    this.finish = Float64Array.from(problem.start);
    this.counts = new Array<undefined>(this.slots).fill(undefined);
    const keys = problem.lots.reduce((most, { key }) => Math.max(most, key + 1), 0);
    this.keys = new Uint16Array(keys * this.slots);
    this.loaded = new Uint16Array(problem.groups * this.slots);
  }

  /** Seconds of one task of a lot on a slot. */
  seconds(lot: number, slot: number): number {
    return this.problem.lots[lot]!.seconds[this.problem.kind[slot]!]!;
  }

  /** What the slot would pay to begin with the lot. */
  setup(lot: number, slot: number): number {
    return this.keys[this.keyAt(lot, slot)]! > 0 ? 0 : this.loads(lot, slot, 0);
  }

  /** What the slot would save by having nothing of the lot. */
  saving(lot: number, slot: number): number {
    return this.keys[this.keyAt(lot, slot)] === 1 ? this.loads(lot, slot, 1) : 0;
  }

  /** Gives tasks of a lot to a slot, or takes them. */
  add(lot: number, slot: number, count: number): void {
    const counts = (this.counts[slot] ??= new Map<number, number>());
    const before = counts.get(lot) ?? 0;
    const after = before + count;
    let change = count * this.seconds(lot, slot);
    if (before === 0) {
      change += this.setup(lot, slot);
      this.count(lot, slot, 1);
    }
    if (after === 0) {
      change -= this.saving(lot, slot);
      this.count(lot, slot, -1);
      counts.delete(lot);
    } else counts.set(lot, after);
    this.finish[slot]! += change;
  }

  /** Seconds to load a lot's key on a slot that loads more than `others` keys of its group, or that many. */
  private loads(lot: number, slot: number, others: number): number {
    const { setup, change, groups, lots, kind } = this.problem;
    const seconds = setup[lot * this.slots + slot]!;
    const { group } = lots[lot]!;
    if (this.loaded[group * this.slots + slot]! <= others) return seconds;
    return Math.min(seconds, change[kind[slot]! * groups + group]!);
  }

  private count(lot: number, slot: number, change: 1 | -1): void {
    const key = this.keyAt(lot, slot);
    const before = this.keys[key]!;
    this.keys[key] = before + change;
    const comesOrGoes = Math.min(before, before + change) === 0;
    if (comesOrGoes && this.problem.setup[lot * this.slots + slot]! > 0)
      this.loaded[this.problem.lots[lot]!.group * this.slots + slot]! += change;
  }

  private keyAt(lot: number, slot: number): number {
    return this.problem.lots[lot]!.key * this.slots + slot;
  }

  get makespan(): number {
    let most = 0;
    for (const seconds of this.finish) if (seconds > most) most = seconds;
    return most;
  }
}
