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
}

export interface Lot {
  readonly count: number;
  /** Lots with equal keys share their setup. */
  readonly key: number;
  /** By kind of slot; Infinity where it cannot run. */
  readonly seconds: Float64Array;
}

export class Draft {
  /** By slot: tasks by lot; nothing for a slot that has none. */
  readonly counts: (Map<number, number> | undefined)[];
  readonly finish: Float64Array;
  /** Lots with a key on a slot, at `key * slots + slot`. */
  private readonly keys: Uint16Array;
  readonly slots: number;

  constructor(readonly problem: Problem) {
    this.slots = problem.start.length;
    this.finish = Float64Array.from(problem.start);
    this.counts = new Array<undefined>(this.slots).fill(undefined);
    const keys = problem.lots.reduce((most, { key }) => Math.max(most, key + 1), 0);
    this.keys = new Uint16Array(keys * this.slots);
  }

  /** Seconds of one task of a lot on a slot. */
  seconds(lot: number, slot: number): number {
    return this.problem.lots[lot]!.seconds[this.problem.kind[slot]!]!;
  }

  /** What the slot would pay to begin with the lot. */
  setup(lot: number, slot: number): number {
    return this.keys[this.keyAt(lot, slot)]! > 0 ? 0 : this.problem.setup[lot * this.slots + slot]!;
  }

  /** What the slot would save by having nothing of the lot. */
  saving(lot: number, slot: number): number {
    return this.keys[this.keyAt(lot, slot)] === 1 ? this.problem.setup[lot * this.slots + slot]! : 0;
  }

  /** Gives tasks of a lot to a slot, or takes them. */
  add(lot: number, slot: number, count: number): void {
    const counts = (this.counts[slot] ??= new Map<number, number>());
    const before = counts.get(lot) ?? 0;
    const after = before + count;
    let change = count * this.seconds(lot, slot);
    if (before === 0) {
      change += this.setup(lot, slot);
      this.keys[this.keyAt(lot, slot)]! += 1;
    }
    if (after === 0) {
      change -= this.saving(lot, slot);
      this.keys[this.keyAt(lot, slot)]! -= 1;
      counts.delete(lot);
    } else counts.set(lot, after);
    this.finish[slot]! += change;
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
