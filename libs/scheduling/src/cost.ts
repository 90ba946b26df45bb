/** What is predicted of work on a slot: whether it fits, how it is best grouped, what loading takes. */
import type { Cost, RunCost, SlotAbilities, Tier } from './types.js';

/** Where nothing was ever measured: a small checkpoint on a modest card. */
export const unknownCost: Cost = {
  loadSeconds: { ram: 2, disk: 8, lan: 60 },
  runs: [{ size: 1, seconds: 5, vramBytes: 0 }],
  unknown: true,
};

/** Predictions by cost key and slot type. */
export class Costs {
  private readonly byKey = new Map<string, Map<string, Cost>>();
  /** By cost key and slot type: most tasks that fit together, where more were seen not to. */
  private readonly caps = new Map<string, Map<string, number>>();
  /** Cost keys that fit nowhere: they are tried everywhere. */
  private readonly lastResorts = new Set<string>();

  /** Takes a prediction up, with the limit that it tells or its absence; true when the limit is another than before. */
  set(costKey: string, slotType: string, cost: Cost): boolean {
    const byType = this.byKey.get(costKey) ?? new Map<string, Cost>();
    this.byKey.set(costKey, byType);
    byType.set(slotType, cost);
    const before = this.caps.get(costKey)?.get(slotType);
    if (cost.most === before) return false;
    if (cost.most === undefined) this.caps.get(costKey)!.delete(slotType);
    else this.limit(costKey, slotType, cost.most);
    return true;
  }

  get(costKey: string, slotType: string): Cost {
    return this.byKey.get(costKey)?.get(slotType) ?? unknownCost;
  }

  /** A run of `group` tasks did not fit into a slot of a type: the next are smaller, and of one task none fits. */
  lower(costKey: string, slotType: string, group: number): void {
    const before = this.caps.get(costKey)?.get(slotType) ?? Infinity;
    this.limit(costKey, slotType, Math.min(before, capAfter(group)));
  }

  /** Most tasks that are known to fit together; 0: not even one, though some other type of slot has room for it. */
  capOf(costKey: string, slotType: string): number {
    const cap = this.caps.get(costKey)?.get(slotType) ?? Infinity;
    return cap === 0 && this.lastResorts.has(costKey) ? 1 : cap;
  }

  get hasCaps(): boolean {
    return this.caps.size > 0;
  }

  private limit(costKey: string, slotType: string, most: number): void {
    const caps = this.caps.get(costKey) ?? new Map<string, number>();
    this.caps.set(costKey, caps);
    caps.set(slotType, most);
  }

  /** Looks anew at which cost keys fit on none of these types, and so may be tried on all; gives those that changed. */
  reviewLastResorts(slotTypes: ReadonlySet<string>): string[] {
    const changed: string[] = [];
    for (const [costKey, caps] of this.caps) {
      const fitsNowhere = [...slotTypes].every((type) => caps.get(type) === 0);
      if (fitsNowhere === this.lastResorts.has(costKey)) continue;
      if (fitsNowhere) this.lastResorts.add(costKey);
      else this.lastResorts.delete(costKey);
      changed.push(costKey);
    }
    return changed;
  }
}

/** Most tasks that are tried together once `group` of them did not fit. */
export const capAfter = (group: number): number => Math.floor(group / 2);

/** How work runs on slots of one profile. */
export interface Fit {
  /** Runs that fit into the slot's memory and its limit, by ascending size; empty: it cannot run there. */
  readonly runs: readonly RunCost[];
  /** Seconds of a slot per task in runs of the best size. */
  readonly seconds: number;
  readonly loadSeconds: Readonly<Record<Tier, number>>;
  /** As `Cost`'s, or Infinity. */
  readonly changeSeconds: number;
}

/** The runs of a cost that a slot can take, and the time of a task in the best of them. */
export function fitInto(
  { loadSeconds, changeSeconds = Infinity, runs }: Cost,
  { vramBytes = Infinity, maxGroup }: Pick<SlotAbilities, 'vramBytes' | 'maxGroup'>,
  cap = Infinity,
): Fit {
  const most = Math.min(cap, Math.max(1, maxGroup));
  const fitting = runs.filter(({ size, vramBytes: needed }) => needed <= vramBytes && size <= most);
  const seconds = Math.min(...fitting.map((run) => run.seconds / run.size));
  return { runs: fitting, seconds, loadSeconds, changeSeconds };
}

/** The run of at most `count` tasks that takes least per task. */
export function bestRun({ runs }: Fit, count: number): RunCost {
  let best = runs[0]!;
  for (const run of runs) if (run.size <= count && run.seconds / run.size < best.seconds / best.size) best = run;
  return best;
}

/** Seconds of `count` tasks one run after the other, each as large as takes least per task. */
export function secondsOfTasks(fit: Fit, count: number): number {
  let seconds = 0;
  for (let left = count; left > 0;) {
    const { size, seconds: each } = bestRun(fit, left);
    const times = Math.floor(left / size);
    seconds += times * each;
    left -= times * size;
  }
  return seconds;
}

/** Seconds of a run of `count` tasks, between the sizes that were measured by the larger one. */
export function secondsOfRun({ runs }: Fit, count: number): number {
  return (runs.find(({ size }) => size >= count) ?? runs.at(-1)!).seconds;
}
