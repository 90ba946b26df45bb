/**
 * Work that waits, by what it needs. A need is work that takes the same time wherever it runs and that a slot can run
 * either all of or none. Its lanes keep apart what differs in owner, priority and urgency: a slot looks at the head of
 * each lane and at nothing behind it.
 */
import { fitInto, type Costs, type Fit } from './cost.js';
import { absentOn, lackOf, type Lack } from './limits.js';
import type { Segment } from './plan/segments.js';
import type { Profile } from './profile.js';
import type { Owner } from './shares.js';
import type { JobClass, NeededModel, Requirements } from './types.js';
import { checkpointOf, type Slot } from './slots.js';

/** What the lanes of all of a job's work share. */
export interface LaneTraits {
  readonly owner: Owner;
  readonly priority: number;
  readonly interactive: boolean;
  /** Infinity without one. */
  readonly deadlineAt: number;
}

/** Tasks of one class that wait; those that came back with nodes to avoid, or to run alone, are items of their own. */
export interface WorkItem {
  readonly jobId: string;
  readonly classId: number;
  readonly createdAt: number;
  readonly batchKey: string;
  /** Never shares a run. */
  readonly single: boolean;
  /** Failed in company: `single` for that. */
  readonly alone: boolean;
  /** Nodes on which these tasks failed, sorted. */
  readonly avoid: readonly string[];
  /** The hold of `avoid` is over: any node may have them. */
  forgiven: boolean;
  /** Tasks that wait, at least one while the item is in an index. */
  remaining: number;
}

export interface Lane extends LaneTraits {
  readonly need: Need;
  /** In order of service. */
  readonly items: WorkItem[];
  /** When it was last served, or began to wait. */
  servedAt: number;
  /** The last turn in which it may be served. */
  turn: number;
}

/** How a need runs on slots of a profile. */
export interface NeedFit extends Fit {
  /** Why it does not run there at all. */
  readonly lack: Lack | undefined;
}

export interface Need {
  readonly key: string;
  readonly residencyKey: string;
  /** The first word of that. */
  readonly checkpoint: string;
  readonly costKey: string;
  readonly models: readonly NeededModel[];
  readonly features: readonly string[];
  readonly requires: Requirements;
  /** Its tasks never share a run. */
  readonly reproducible: boolean;
  readonly lanes: Map<string, Lane>;
  /** Tasks in all lanes. */
  remaining: number;
  /** Of them, those for which the plan has a slot. */
  planned: number;
  /** Where the plan has them. */
  readonly segments: Map<Slot, Segment>;
  /** By profile; dropped when a prediction changes. */
  readonly fits: (NeedFit | undefined)[];
}

/** Order of service in a lane: age, then what came back before what is new. Total, so that decisions repeat. */
export function compareItems(a: WorkItem, b: WorkItem): number {
  return (
    a.createdAt - b.createdAt ||
    compareText(a.jobId, b.jobId) ||
    a.classId - b.classId ||
    b.avoid.length - a.avoid.length ||
    Number(b.alone) - Number(a.alone) ||
    compareText(a.avoid.join(), b.avoid.join())
  );
}

const compareText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

export class WorkIndex {
  private readonly byKey = new Map<string, Need>();
  /** Tasks that wait. */
  remaining = 0;
  private gone: Need[] = [];
  /** Every lane with work that waits. */
  readonly lanes = new Set<Lane>();
  /** Grows when a lane comes or goes, or the way that needs run changes. */
  version = 0;
  /** Items that avoid nodes. */
  avoiding = 0;
  /** Residency keys of which nothing is assigned, with the reason. */
  readonly suspended = new Map<string, string>();

  constructor(readonly costs: Costs) {}

  /** Every need with work that waits. */
  get needs(): Iterable<Need> {
    return this.byKey.values();
  }

  /** The need of a class, while work of it waits. */
  needOf(jobClass: JobClass, requires: Requirements): Need | undefined {
    return this.byKey.get(keyOf(jobClass, requires));
  }

  add(item: WorkItem, jobClass: JobClass, requires: Requirements, traits: LaneTraits, at: number): void {
    const key = keyOf(jobClass, requires);
    let need = this.byKey.get(key);
    if (!need) this.byKey.set(key, (need = newNeed(key, jobClass, requires)));
    const laneKey = laneKeyOf(traits);
    let lane = need.lanes.get(laneKey);
    if (!lane) {
      lane = { ...traits, need, items: [], servedAt: at, turn: 0 };
      need.lanes.set(laneKey, lane);
      this.lanes.add(lane);
      this.version += 1;
    }
    lane.items.splice(placeOf(lane.items, item), 0, item);
    if (item.avoid.length > 0) this.avoiding += 1;
    this.count(need, item.remaining);
  }

  remove(item: WorkItem, jobClass: JobClass, requires: Requirements, traits: LaneTraits): void {
    const need = this.needOf(jobClass, requires);
    const lane = need?.lanes.get(laneKeyOf(traits));
    if (!need || !lane) return;
    lane.items.splice(placeOf(lane.items, item), 1);
    if (item.avoid.length > 0) this.avoiding -= 1;
    this.count(need, -item.remaining);
    if (lane.items.length === 0) {
      need.lanes.delete(laneKeyOf(traits));
      this.lanes.delete(lane);
      this.version += 1;
    }
    if (need.lanes.size > 0) return;
    this.byKey.delete(need.key);
    this.gone.push(need);
  }

  /** The needs that have lost their last work since it was asked. */
  takeGone(): Need[] {
    if (this.gone.length === 0) return this.gone;
    const gone = this.gone;
    this.gone = [];
    return gone;
  }

  /** Tasks of an item were taken that stays where it is. */
  count(need: Need, change: number): void {
    need.remaining += change;
    this.remaining += change;
  }

  /** Predictions of a cost key have changed; true when work of it waits. */
  forgetFits(costKey: string): boolean {
    let any = false;
    for (const need of this.byKey.values()) {
      if (need.costKey !== costKey) continue;
      need.fits.length = 0;
      this.version += 1;
      any = true;
    }
    return any;
  }

  /** How the need runs on slots of a profile, and what they lack for it. */
  fit(need: Need, profile: Profile): NeedFit {
    return (need.fits[profile.id] ??= this.newFit(need, profile));
  }

  private newFit(need: Need, profile: Profile): NeedFit {
    const { slotType } = profile;
    const cap = Math.min(need.reproducible ? 1 : Infinity, this.costs.capOf(need.costKey, slotType));
    const fit = fitInto(this.costs.get(need.costKey, slotType), profile, cap);
    const lack = lackOf(profile, need, fit);
    if (absentOn(profile, need.models).length === 0) return { ...fit, lack };
    // From wherever a slot would have it, it comes over the network.
    const { lan } = fit.loadSeconds;
    return { ...fit, loadSeconds: { ram: lan, disk: lan, lan }, changeSeconds: Infinity, lack };
  }
}

function newNeed(key: string, jobClass: JobClass, requires: Requirements): Need {
  const { residencyKey, costKey, models, features, reproducible } = jobClass;
  const empty = { lanes: new Map<string, Lane>(), segments: new Map<Slot, Segment>(), fits: [] };
  const what = { residencyKey, costKey, models, features, requires, reproducible };
  return { key, ...what, checkpoint: checkpointOf(residencyKey), remaining: 0, planned: 0, ...empty };
}

/** The first item of a lane that may go to a node. */
export function headFor({ items }: Lane, nodeId: string): WorkItem | undefined {
  for (const item of items) if (item.forgiven || item.avoid.length === 0 || !item.avoid.includes(nodeId)) return item;
  return undefined;
}

const keyOf = (
  { residencyKey, costKey, features, reproducible }: JobClass,
  { tags = [], devices, vramBytes = 0 }: Requirements,
) => [residencyKey, costKey, features.join(), tags.join(), devices?.join() ?? '', vramBytes, reproducible].join('\n');

const laneKeyOf = ({ owner, priority, interactive, deadlineAt }: LaneTraits) =>
  [owner.project.name, owner.user.name, priority, interactive, deadlineAt].join('\n');

/** Where `item` stands, or would stand, in the order. */
function placeOf(items: readonly WorkItem[], item: WorkItem): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareItems(items[middle]!, item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
