/**
 * How long tasks take, learned from those that were made. Where nothing was measured of a cost key on a slot type, its
 * neighbours tell: the same key on other types by how much faster this one is, other keys on this type by how much work
 * a task of each is.
 */
import { capAfter, unknownCost } from '../cost.js';
import type { Cost } from '../types.js';
import { groupsOf } from './groups.js';
import { newHistory, push, readHistory, type History } from './history.js';
import { median, robustMean, scaledDeviation } from './robust.js';

/** What is known of a task beforehand. */
export interface WorkKind {
  costKey: string;
  residencyKey: string;
  /** Network evaluations times pixels, or anything else that grows as the time does. */
  work: number;
}

/** What was measured of a run. */
export interface Measurement extends WorkKind {
  slotType: string;
  /** Tasks in the run. */
  size: number;
  /** Encode, steps and decode of the whole run. */
  runSeconds: number;
  /** 0 when nothing had to be loaded. */
  loadSeconds: number;
  uploadSeconds: number;
}

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
const noLoad: Cost['loadSeconds'] = { ram: 0, disk: 0, lan: 0 };

export class Predictor {
  private readonly histories = new Map<string, Map<string, History>>();
  private readonly kinds = new Map<string, WorkKind>();

  learn({ slotType, size, runSeconds, loadSeconds, uploadSeconds, ...kind }: Measurement): void {
    this.kinds.set(kind.costKey, kind);
    const history = this.history(kind.costKey, slotType) ?? newHistory();
    this.put(kind.costKey, slotType, history);
    push((history.runs[size] ??= []), runSeconds);
    if (loadSeconds > 0) push(history.loads, loadSeconds);
    if (uploadSeconds > 0) push(history.uploads, uploadSeconds);
  }

  /** A run of `group` tasks found too little memory on slots of a type. */
  tooLarge(kind: WorkKind, slotType: string, group: number): void {
    this.kinds.set(kind.costKey, kind);
    const history = this.history(kind.costKey, slotType) ?? newHistory();
    this.put(kind.costKey, slotType, history);
    history.most = Math.min(history.most ?? Infinity, capAfter(group));
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

  predict(kind: WorkKind, slotType: string): Prediction {
    const history = this.history(kind.costKey, slotType);
    const loadSeconds = this.loadSeconds(kind, slotType);
    const limit = history?.most === undefined ? {} : { most: history.most };
    if (history && Object.keys(history.runs).length > 0) {
      const runs = groupsOf(history);
      const most = Object.values(history.runs).reduce((a, b) => (b.length > a.length ? b : a));
      const own = most.length < 4 ? 0.15 : scaledDeviation(most) / median(most);
      return {
        cost: { loadSeconds, runs, ...limit },
        spread: Math.max(leastSpread, own),
        measured: Object.values(history.runs).reduce((sum, { length }) => sum + length, 0),
        basis: 'measured',
      };
    }
    const seconds = this.fromOtherTypes(kind, slotType) ?? this.fromOtherKeys(kind, slotType);
    const basis = seconds === undefined ? 'nothing' : 'neighbours';
    const runs = seconds === undefined ? unknownCost.runs : [{ size: 1, seconds, vramBytes: 0 }];
    return { cost: { loadSeconds, runs, ...limit }, spread: neighbourSpread, measured: 0, basis };
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

  /** Other keys on the same type, those with the same models if there are any, by seconds per work. */
  private fromOtherKeys({ residencyKey, work }: WorkKind, slotType: string): number | undefined {
    const rates = (sameModels: boolean) =>
      [...this.histories].flatMap(([costKey, byType]) => {
        const [kind, history] = [this.kinds.get(costKey), byType.get(slotType)];
        const single = history && singleSeconds(history);
        if (!kind || single === undefined || kind.work <= 0) return [];
        return !sameModels || kind.residencyKey === residencyKey ? [single / kind.work] : [];
      });
    const near = rates(true);
    const all = near.length > 0 ? near : rates(false);
    return all.length > 0 && work > 0 ? median(all) * work : undefined;
  }

  /** Loads of the same models on the type, else of others on it, else of the same models elsewhere. */
  private loadSeconds({ residencyKey }: WorkKind, slotType: string): Cost['loadSeconds'] {
    const loads = (sameModels: boolean, sameType: boolean) =>
      [...this.histories].flatMap(([costKey, byType]) =>
        [...byType].flatMap(([type, { loads }]) =>
          (!sameModels || this.kinds.get(costKey)?.residencyKey === residencyKey) && (!sameType || type === slotType)
            ? loads
            : [],
        ),
      );
    const found = [loads(true, true), loads(true, false), loads(false, true)].find(({ length }) => length > 0);
    // The first run on every slot loads: where runs were measured and no load, loads take no time.
    if (!found) return this.anyRuns ? noLoad : unknownCost.loadSeconds;
    const disk = robustMean(found);
    return { ram: disk * ramShare, disk, lan: disk * lanFactor };
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
