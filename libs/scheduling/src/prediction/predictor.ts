/**
 * How long tasks take, learned from those that were made. Where nothing was measured of a cost key on a slot type, its
 * neighbours tell: the same key on other types by how much faster this one is, other keys on this type by how much work
 * a task of each is.
 */
import { capAfter, unknownCost } from '../cost.js';
import type { Cost, RunCost } from '../types.js';
import { groupsOf } from './groups.js';
import { newHistory, push, readHistory, type History } from './history.js';
import { withMemory, type Reckoned } from './memory.js';
import { median, robustMean, scaledDeviation } from './robust.js';

/** What is known of a task beforehand. */
export interface WorkKind {
  costKey: string;
  residencyKey: string;
  /** Network evaluations times pixels, or anything else that grows as the time of its steps does. */
  work: number;
  /** What encode and decode grow with. @default as of every other */
  pixels?: number;
}

/** What was measured of a run. */
export interface Measurement extends WorkKind {
  slotType: string;
  /** Tasks in the run. */
  size: number;
  /** Encode, steps and decode of the whole run. */
  runSeconds: number;
  /** Of these, encode and decode. @default 0 */
  endSeconds?: number;
  /** 0 when nothing had to be loaded. */
  loadSeconds: number;
  /** Where it was loaded from: `change` in the place of something else with the same checkpoint. @default 'disk' */
  loadedFrom?: LoadedFrom;
  uploadSeconds: number;
  /** Most memory of the slot that it took; 0 where that was not read. @default 0 */
  memoryBytes?: number;
  /** What was fetched over the network for it, and how long that took. @default nothing */
  fetched?: { bytes: number; seconds: number };
}

/** What is known of work before any of it was done. */
export interface Beforehand {
  /** What runs take of a slot's memory at least. */
  reckoned?: Reckoned;
  /** Bytes of its models: what a node would fetch that lacks them. */
  modelBytes?: number;
}

export type LoadedFrom = 'change' | 'ram' | 'disk';

export interface Prediction {
  cost: Cost;
  /** Standard deviation of a task's time, as a share of it. */
  spread: number;
  /** Runs on which it rests; 0 when it comes from neighbours or from nowhere. */
  measured: number;
  basis: 'measured' | 'neighbours' | 'nothing';
}

/** Spread of what was never measured itself, and the least that is believed of what was. */
const neighbourSpread = 0.4;
const leastSpread = 0.03;
/** Reading from RAM takes about this share of reading from disk, and the network several times as long. */
const ramShare = 0.35;
const lanFactor = 6;
/** Seconds for each byte over a network of a gigabit a second, until something was fetched. */
const usualFetch = 1 / 110e6;
/** Other LoRAs on a checkpoint take about this share of loading it. */
const changeShare = 0.5;
const noLoad = { loadSeconds: { ram: 0, disk: 0, lan: 0 }, changeSeconds: 0 };
/** Which values of a history tell of loads from where. */
const lists = { disk: 'loads', ram: 'ramLoads', change: 'changes' } as const;
const nothingReckoned: Reckoned = () => undefined;

export class Predictor {
  private readonly histories = new Map<string, Map<string, History>>();
  private readonly kinds = new Map<string, WorkKind>();

  learn(measured: Measurement): void {
    const { slotType, size, runSeconds, loadSeconds, uploadSeconds } = measured;
    const { loadedFrom = 'disk', memoryBytes = 0, endSeconds = 0, fetched } = measured;
    const { costKey, residencyKey, work, pixels } = measured;
    this.kinds.set(costKey, { costKey, residencyKey, work, ...(pixels !== undefined && { pixels }) });
    const history = this.history(costKey, slotType) ?? newHistory();
    this.put(costKey, slotType, history);
    push((history.runs[size] ??= []), runSeconds);
    if (endSeconds > 0) push(history.ends, endSeconds / size);
    if (loadSeconds > 0) push(history[lists[loadedFrom]], loadSeconds);
    if (uploadSeconds > 0) push(history.uploads, uploadSeconds);
    if (fetched && fetched.bytes > 0) push(history.fetches, fetched.seconds / fetched.bytes);
    if (memoryBytes > 0) push((history.memory[size] ??= []), memoryBytes);
  }

  /**
   * A run of `group` tasks found too little memory on slots of a type.
   * @param at milliseconds since 1970
   */
  tooLarge(kind: WorkKind, slotType: string, group: number, at: number): void {
    this.kinds.set(kind.costKey, kind);
    const history = this.history(kind.costKey, slotType) ?? newHistory();
    this.put(kind.costKey, slotType, history);
    history.most = Math.min(history.most ?? Infinity, capAfter(group));
    history.mostAt = at;
  }

  /** Forgets what did not fit on slots of a type, or of all, and was last seen before a time; gives the kinds that it forgot. */
  lift(before: number, onType?: string): { kind: WorkKind; slotType: string }[] {
    const lifted: { kind: WorkKind; slotType: string }[] = [];
    for (const [costKey, byType] of this.histories)
      for (const [slotType, history] of byType) {
        const { most, mostAt = 0 } = history;
        if (most === undefined || mostAt >= before || (onType !== undefined && onType !== slotType)) continue;
        delete history.most;
        delete history.mostAt;
        lifted.push({ kind: this.kinds.get(costKey)!, slotType });
      }
    return lifted;
  }

  /** Says what a cost key is, so that it can have neighbours. */
  note(kind: WorkKind): void {
    this.kinds.set(kind.costKey, kind);
  }

  /** The measurements of a key on a type, for keeping; undefined when there are none. */
  history(costKey: string, slotType: string): History | undefined {
    return this.histories.get(costKey)?.get(slotType);
  }

  /** Takes up kept measurements; what cannot be read is left out. */
  restore(kind: WorkKind, slotType: string, kept: unknown): void {
    const history = readHistory(kept);
    if (!history) return;
    this.kinds.set(kind.costKey, kind);
    this.put(kind.costKey, slotType, history);
  }

  predict(kind: WorkKind, slotType: string, { reckoned = nothingReckoned, modelBytes }: Beforehand = {}): Prediction {
    const history = this.history(kind.costKey, slotType);
    const loading = this.withFetch(this.loading(kind, slotType), modelBytes);
    const others = [...(this.histories.get(kind.costKey) ?? [])].flatMap(([type, other]) =>
      type === slotType ? [] : [other],
    );
    const sized = (runs: readonly RunCost[]) => withMemory(runs, history, others, reckoned);
    const limit = history?.most === undefined ? {} : { most: history.most };
    if (history && Object.keys(history.runs).length > 0) {
      const runs = sized(groupsOf(history));
      const most = Object.values(history.runs).reduce((a, b) => (b.length > a.length ? b : a));
      const own = most.length < 4 ? 0.15 : scaledDeviation(most) / median(most);
      return {
        cost: { ...loading, runs, ...limit },
        spread: Math.max(leastSpread, own),
        measured: Object.values(history.runs).reduce((sum, { length }) => sum + length, 0),
        basis: 'measured',
      };
    }
    const seconds = this.fromOtherTypes(kind, slotType) ?? this.fromOtherKeys(kind, slotType);
    const basis = seconds === undefined ? 'nothing' : 'neighbours';
    const runs = sized(seconds === undefined ? unknownCost.runs : [{ size: 1, seconds, vramBytes: 0 }]);
    const unknown = seconds === undefined && { unknown: true };
    return { cost: { ...loading, runs, ...limit, ...unknown }, spread: neighbourSpread, measured: 0, basis };
  }

  /** The same key on another type, by how the two types compare on keys that both have made. */
  private fromOtherTypes({ costKey }: WorkKind, slotType: string): number | undefined {
    const guesses = [...(this.histories.get(costKey) ?? [])].flatMap(([other, history]) => {
      const single = singleSeconds(history);
      return single === undefined ? [] : [single * this.ratio(slotType, other)];
    });
    return guesses.length > 0 ? median(guesses) : undefined;
  }

  /** How many times as long as `other` a type takes; 1 while they have nothing in common. */
  private ratio(slotType: string, other: string): number {
    const ratios = [...this.histories.values()].flatMap((byType) => {
      const [a, b] = [byType.get(slotType), byType.get(other)];
      const [mine, theirs] = [a && singleSeconds(a), b && singleSeconds(b)];
      return mine === undefined || theirs === undefined ? [] : [mine / theirs];
    });
    return ratios.length > 0 ? median(ratios) : 1;
  }

  /** Other keys on the same type, those with the same models if there are any: their steps by work, the rest by pixels. */
  private fromOtherKeys({ residencyKey, work, pixels }: WorkKind, slotType: string): number | undefined {
    const guesses = (sameModels: boolean) =>
      [...this.histories].flatMap(([costKey, byType]) => {
        const [kind, history] = [this.kinds.get(costKey), byType.get(slotType)];
        if (!kind || !history) return [];
        const single = singleSeconds(history);
        if (single === undefined || kind.work <= 0) return [];
        if (sameModels && kind.residencyKey !== residencyKey) return [];
        const ends = history.ends.length > 0 ? Math.min(single, robustMean(history.ends)) : 0;
        const larger = pixels !== undefined && kind.pixels ? pixels / kind.pixels : 1;
        return [ends * larger + ((single - ends) * work) / kind.work];
      });
    const near = guesses(true);
    const all = near.length > 0 ? near : guesses(false);
    return all.length > 0 && work > 0 ? median(all) : undefined;
  }

  /** What loads take from where, as far as one of these was seen; the others follow from it. */
  private loading(kind: WorkKind, slotType: string): Pick<Cost, 'loadSeconds' | 'changeSeconds'> {
    const [seenDisk, seenRam] = [this.seenLoads('disk', kind, slotType), this.seenLoads('ram', kind, slotType)];
    // The first run on every slot loads: where runs were measured and no load, loads take no time.
    if (seenDisk === undefined && seenRam === undefined)
      return this.anyRuns ? noLoad : { loadSeconds: unknownCost.loadSeconds };
    const disk = seenDisk ?? seenRam! / ramShare;
    const ram = Math.min(disk, seenRam ?? disk * ramShare);
    const change = this.seenLoads('change', kind, slotType) ?? changeShare * disk;
    return { loadSeconds: { ram, disk, lan: disk * lanFactor }, changeSeconds: Math.min(disk, change) };
  }

  /** What is fetched is loaded then. */
  private withFetch<T extends Pick<Cost, 'loadSeconds'>>(loading: T, modelBytes: number | undefined): T {
    if (modelBytes === undefined) return loading;
    const seen = [...this.histories.values()].flatMap((byType) => [...byType.values()].flatMap((h) => h.fetches));
    const lan = loading.loadSeconds.disk + modelBytes * (seen.length > 0 ? robustMean(seen) : usualFetch);
    return { ...loading, loadSeconds: { ...loading.loadSeconds, lan } };
  }

  /** Loads of the same models on the type, else of others on it, else of the same models elsewhere. */
  private seenLoads(from: LoadedFrom, { residencyKey }: WorkKind, slotType: string): number | undefined {
    const loads = (sameModels: boolean, sameType: boolean) =>
      [...this.histories].flatMap(([costKey, byType]) =>
        [...byType].flatMap(([type, history]) =>
          (!sameModels || this.kinds.get(costKey)?.residencyKey === residencyKey) && (!sameType || type === slotType)
            ? history[lists[from]]
            : [],
        ),
      );
    const found = [loads(true, true), loads(true, false), loads(false, true)].find(({ length }) => length > 0);
    return found && robustMean(found);
  }

  private get anyRuns(): boolean {
    return [...this.histories.values()].some((byType) =>
      [...byType.values()].some(({ runs }) => Object.keys(runs).length > 0),
    );
  }

  private put(costKey: string, slotType: string, history: History): void {
    const byType = this.histories.get(costKey) ?? new Map<string, History>();
    this.histories.set(costKey, byType);
    byType.set(slotType, history);
  }
}

/** Seconds of a task in the smallest run that was measured. */
function singleSeconds({ runs }: History): number | undefined {
  const sizes = Object.keys(runs).map(Number);
  if (sizes.length === 0) return undefined;
  const least = Math.min(...sizes);
  return robustMean(runs[least]!) / least;
}
