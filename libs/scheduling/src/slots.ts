/** The slots that serve and what each holds. */
import type { PolicyEvent, SlotAbilities } from './types.js';
import { GroupCaps } from './group-caps.js';
import type { Need } from './work.js';

/** A slot runs one assignment while it holds the next, so that it never waits for the network. */
export const placesPerSlot = 2;

export interface Slot extends SlotAbilities {
  readonly slotId: string;
  readonly nodeId: string;
  /** Residency key that is loaded, or will be by what it was assigned last. */
  resident: string | undefined;
  /** Since when it is on that key. */
  residentSince: number;
  /** Places that hold an assignment. */
  occupied: number;
  assignedAt: number;
  readonly slotType: string;
}

type Added = Extract<PolicyEvent, { type: 'slot-added' }>;
type Changed = Extract<PolicyEvent, { type: 'slot-changed' }>;

export class Slots {
  private readonly byId = new Map<string, Slot>();
  private readonly withFreePlace = new Set<Slot>();
  /** How many slots can run a need; forgotten when a slot comes, goes or changes. */
  private ableCounts = new WeakMap<Need, number>();
  private readonly caps = new GroupCaps();

  get all(): Iterable<Slot> {
    return this.byId.values();
  }

  /** Slots with a free place, in the order in which they came to have one. */
  get open(): Iterable<Slot> {
    return this.withFreePlace;
  }

  get(slotId: string): Slot | undefined {
    return this.byId.get(slotId);
  }

  add({ slotId, nodeId, resident, occupied = 0, models, features, maxGroup, slotType = slotId, at }: Added): void {
    this.remove(slotId);
    const abilities = { models, features, maxGroup, slotType };
    const slot = { slotId, nodeId, resident, residentSince: at, occupied, assignedAt: at, ...abilities };
    this.byId.set(slotId, slot);
    this.ableCounts = new WeakMap();
    this.setOccupied(slot, occupied);
  }

  change({ slotId, models, features, maxGroup }: Changed): void {
    const slot = this.byId.get(slotId);
    if (!slot) return;
    slot.models = models ?? slot.models;
    slot.features = features ?? slot.features;
    slot.maxGroup = maxGroup ?? slot.maxGroup;
    this.ableCounts = new WeakMap();
  }

  /** What an idle slot really holds. While it is occupied, its assignments decide what it will hold. */
  setResident(slotId: string, resident: string | undefined, at: number): void {
    const slot = this.byId.get(slotId);
    if (slot?.occupied === 0) this.moveTo(slot, resident, at);
  }

  /** A run of `group` tasks of this cost did not fit: the next are smaller, and of one task none fits. */
  lowerCap(slotId: string, costKey: string, group: number): void {
    const slot = this.byId.get(slotId);
    if (slot) this.caps.lower(slot.slotType, costKey, Math.floor(group / 2));
  }

  /** Most tasks of a cost that may share a run on the slot, at least one. */
  largestGroup({ slotType, maxGroup }: Slot, costKey: string): number {
    return Math.max(1, Math.min(maxGroup, this.caps.of(slotType, costKey)));
  }

  /** Whether a task of this cost fits on the slot; also where it does not, as long as it fits nowhere else either. */
  hasRoom(slot: Slot, need: Need, costKey: string): boolean {
    const fits = ({ slotType }: Slot) => this.caps.of(slotType, costKey) > 0;
    return fits(slot) || ![...this.byId.values()].some((other) => fits(other) && canRun(other, need));
  }

  free(slotId: string): void {
    const slot = this.byId.get(slotId);
    if (slot && slot.occupied > 0) this.setOccupied(slot, slot.occupied - 1);
  }

  assign(slot: Slot, need: Need, at: number): void {
    this.moveTo(slot, need.residencyKey, at);
    slot.assignedAt = at;
    this.setOccupied(slot, slot.occupied + 1);
  }

  remove(slotId: string): void {
    const slot = this.byId.get(slotId);
    if (!slot) return;
    this.byId.delete(slotId);
    this.ableCounts = new WeakMap();
    this.withFreePlace.delete(slot);
  }

  /** Number of slots that can run a need. */
  ableTo(need: Need): number {
    let count = this.ableCounts.get(need);
    if (count === undefined) {
      count = [...this.byId.values()].filter((slot) => canRun(slot, need)).length;
      this.ableCounts.set(need, count);
    }
    return count;
  }

  private setOccupied(slot: Slot, occupied: number): void {
    slot.occupied = occupied;
    if (occupied < placesPerSlot) this.withFreePlace.add(slot);
    else this.withFreePlace.delete(slot);
  }

  private moveTo(slot: Slot, resident: string | undefined, at: number): void {
    if (slot.resident === resident) return;
    slot.resident = resident;
    slot.residentSince = at;
  }
}

/** Whether the slot's engine has the features and its node the models. */
export const canRun = (slot: SlotAbilities, need: Pick<Need, 'features' | 'models'>): boolean =>
  hasFeatures(slot, need) && hasModels(slot, need);

export function hasFeatures({ features: known }: SlotAbilities, { features }: Pick<Need, 'features'>): boolean {
  return known === 'all' || features.every((feature) => known.has(feature));
}

export function hasModels({ models: present }: SlotAbilities, { models }: Pick<Need, 'models'>): boolean {
  return present === 'all' || models.every(({ sha256 }) => present.has(sha256));
}
