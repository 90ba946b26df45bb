/** The slots that serve: what each can do, holds, runs, and is planned to run. */
import { fitInto, secondsOfRun, type Fit } from './cost.js';
import type { Segment } from './plan/segments.js';
import { Profiles, type Profile } from './profile.js';
import type { SlotHoldRule } from './rules.js';
import type { Owner } from './shares.js';
import type { AssignedTasks, Cost, PolicyEvent, SlotAbilities } from './types.js';
import type { Need } from './work.js';

/** An assignment that a slot holds. */
export interface Run {
  readonly tasks: readonly AssignedTasks[];
  readonly need: Pick<Need, 'residencyKey' | 'checkpoint' | 'costKey' | 'models' | 'features' | 'requires'>;
  readonly interactive: boolean;
  /** Predicted, the load included. */
  readonly seconds: number;
  /** Who pays, in equal parts of `seconds` by tasks; nobody for a late copy. */
  readonly charges: readonly { owner: Owner; seconds: number }[];
  startedAt: number;
  copied: boolean;
  /** Whether it loads first. */
  loads?: boolean;
  /** What is predicted now, where that has changed since it was assigned. */
  expected?: number;
}

export interface Slot {
  readonly slotId: string;
  readonly nodeId: string;
  /** Order in which slots came. */
  readonly order: number;
  profile: Profile;
  inVram: ReadonlySet<string>;
  inRam: ReadonlySet<string>;
  onDisk: ReadonlySet<string> | 'all';
  watts: number;
  chassis: string | undefined;
  held: SlotHoldRule | undefined;
  /** Residency key that is loaded, or will be by what it was assigned last. */
  resident: string | undefined;
  /** The checkpoint of that. */
  checkpoint: string | undefined;
  /** Places that hold an assignment; more than `runs` where some were held before the slot was known. */
  occupied: number;
  readonly runs: Run[];
  /** When its runs are predicted to end, ms. */
  busyUntil: number;
  /** In order of service. */
  segments: Segment[];
  /** Seconds of its segments with their loads; undefined when that is to be worked out again. */
  planSeconds: number | undefined;
  /** Seconds that were lent to an owner for whom the slot left its checkpoint. */
  loan: { owner: Owner; seconds: number } | undefined;
  /** What it was told to read last. */
  prefetching: string | undefined;
  /** Seconds that interactive work has had while batches waited, less those that batches have had since. */
  interactiveLead: number;
  /** It has served interactive work for its turn: batches have theirs. */
  batchTurn: boolean;
}

type Added = Extract<PolicyEvent, { type: 'slot-added' }>;
type Changed = Extract<PolicyEvent, { type: 'slot-changed' }>;

const none: ReadonlySet<string> = new Set();

export class Slots {
  private readonly byId = new Map<string, Slot>();
  private readonly withFreePlace = new Set<Slot>();
  private readonly profiles = new Profiles();
  private readonly inChassis = new Map<string, Set<Slot>>();
  readonly chassisWatts = new Map<string, number>();
  private readonly byKey = new Map<string, Set<Slot>>();
  private added = 0;

  constructor(readonly placesPerSlot: number) {}

  get all(): Iterable<Slot> {
    return this.byId.values();
  }

  get count(): number {
    return this.byId.size;
  }

  /** Slots with a free place, in the order in which they came to have one. */
  get open(): Iterable<Slot> {
    return this.withFreePlace;
  }

  get(slotId: string): Slot | undefined {
    return this.byId.get(slotId);
  }

  add({ slotId, nodeId, resident, occupied = 0, held, at, type, ...abilities }: Added): Slot {
    void type;
    this.remove(slotId);
    const slot: Slot = {
      slotId,
      nodeId,
      order: this.added++,
      ...this.abilitiesOf(abilities),
      held: held ?? undefined,
      resident,
      checkpoint: resident && checkpointOf(resident),
      occupied,
      runs: [],
      busyUntil: at,
      segments: [],
      planSeconds: 0,
      loan: undefined,
      prefetching: undefined,
      interactiveLead: 0,
      batchTurn: false,
    };
    this.byId.set(slotId, slot);
    this.hold(slot, resident);
    this.enclose(slot);
    this.note(slot);
    return slot;
  }

  /** Slots that hold a residency key, or will. */
  holders(residencyKey: string): number {
    return this.byKey.get(residencyKey)?.size ?? 0;
  }

  /** Those slots. */
  holding(residencyKey: string): Iterable<Slot> {
    return this.byKey.get(residencyKey) ?? [];
  }

  change({ slotId, ...change }: Changed): Slot | undefined {
    const slot = this.byId.get(slotId);
    if (!slot) return undefined;
    const { profile, inVram, inRam, onDisk, watts, chassis } = slot;
    const before = {
      ...profile,
      inVram,
      inRam,
      watts,
      ...(onDisk !== 'all' && { onDisk }),
      ...(chassis !== undefined && { chassis }),
    };
    this.inChassis.get(chassis ?? '')?.delete(slot);
    Object.assign(slot, this.abilitiesOf({ ...before, ...change }), { planSeconds: undefined });
    this.enclose(slot);
    return slot;
  }

  remove(slotId: string): Slot | undefined {
    const slot = this.byId.get(slotId);
    if (!slot) return undefined;
    this.byId.delete(slotId);
    this.letGo(slot);
    this.withFreePlace.delete(slot);
    this.inChassis.get(slot.chassis ?? '')?.delete(slot);
    return slot;
  }

  /** What an idle slot really holds. While it is occupied, its assignments decide what it will hold. */
  setResident(slot: Slot, resident: string | undefined): void {
    if (slot.occupied === 0) this.moveTo(slot, resident);
  }

  /** The first of the slot's runs has ended; undefined when it was held from before. */
  endRun(slot: Slot, at: number): Run | undefined {
    if (slot.occupied === 0) return undefined;
    const known = slot.occupied === slot.runs.length;
    const run = known ? slot.runs.shift() : undefined;
    slot.occupied -= 1;
    const next = slot.runs[0];
    if (next) next.startedAt = at;
    this.reckonEnd(slot, at);
    this.note(slot);
    return run;
  }

  beginRun(slot: Slot, run: Run, at: number): void {
    run.loads = slot.resident !== run.need.residencyKey;
    slot.runs.push(run);
    slot.occupied += 1;
    slot.busyUntil = Math.max(at, slot.busyUntil) + run.seconds * 1000;
    this.moveTo(slot, run.need.residencyKey);
    this.note(slot);
  }

  /** What is predicted of a cost key on a slot type has changed, and so when runs of it end. */
  reviewRuns(costKey: string, slotType: string, cost: Cost, at: number): void {
    for (const slot of this.byId.values()) {
      if (slot.profile.slotType !== slotType) continue;
      const runs = slot.runs.filter(({ need }) => need.costKey === costKey);
      const fit = runs.length > 0 ? fitInto(cost, slot.profile) : undefined;
      if (!fit || fit.runs.length === 0) continue;
      for (const run of runs) {
        const count = run.tasks.reduce((sum, task) => sum + task.count, 0);
        run.expected = (run.loads ? tierSeconds(slot, run.need, fit) : 0) + secondsOfRun(fit, count);
      }
      this.reckonEnd(slot, at);
    }
  }

  /** Watts that busy slots of the chassis draw; 0 where there is no budget to hold. */
  wattsLeft(slot: Slot): number {
    const budget = slot.chassis === undefined ? undefined : this.chassisWatts.get(slot.chassis);
    if (budget === undefined) return Infinity;
    let left = budget;
    for (const other of this.inChassis.get(slot.chassis!) ?? []) if (other.occupied > 0) left -= other.watts;
    return left;
  }

  /** Whether a run may begin as far as the enclosure's watts go. */
  powerAllows(slot: Slot): boolean {
    return slot.occupied > 0 || slot.watts === 0 || this.wattsLeft(slot) >= slot.watts;
  }

  private reckonEnd(slot: Slot, at: number): void {
    let until = at;
    slot.runs.forEach(({ seconds, expected = seconds, startedAt }, i) => {
      until = i === 0 ? Math.max(at, startedAt + expected * 1000) : until + expected * 1000;
    });
    slot.busyUntil = until;
  }

  private moveTo(slot: Slot, resident: string | undefined): void {
    if (slot.resident === resident) return;
    this.letGo(slot);
    this.hold(slot, resident);
    slot.resident = resident;
    slot.checkpoint = resident && checkpointOf(resident);
    slot.prefetching = undefined;
    slot.planSeconds = undefined;
  }

  private hold(slot: Slot, residencyKey: string | undefined): void {
    if (residencyKey === undefined) return;
    const holders = this.byKey.get(residencyKey);
    if (holders) holders.add(slot);
    else this.byKey.set(residencyKey, new Set([slot]));
  }

  private letGo(slot: Slot): void {
    const holders = slot.resident === undefined ? undefined : this.byKey.get(slot.resident);
    holders?.delete(slot);
    if (holders?.size === 0) this.byKey.delete(slot.resident!);
  }

  private abilitiesOf(
    abilities: SlotAbilities,
  ): Pick<Slot, 'profile' | 'inVram' | 'inRam' | 'onDisk' | 'watts' | 'chassis'> {
    const { inVram = none, inRam = none, onDisk = 'all', watts = 0, chassis } = abilities;
    return { profile: this.profiles.of(abilities), inVram, inRam, onDisk, watts, chassis };
  }

  private enclose(slot: Slot): void {
    if (slot.chassis === undefined) return;
    const mates = this.inChassis.get(slot.chassis) ?? new Set();
    this.inChassis.set(slot.chassis, mates);
    mates.add(slot);
  }

  private note(slot: Slot): void {
    if (slot.occupied < this.placesPerSlot) this.withFreePlace.add(slot);
    else this.withFreePlace.delete(slot);
  }
}

/** What of a need says what it has to load. */
export type Loaded = Pick<Need, 'residencyKey' | 'checkpoint'>;

/** What a slot has loaded, or will have. */
export const loadedOn = ({ resident, checkpoint }: Slot): Loaded | undefined =>
  resident === undefined ? undefined : { residencyKey: resident, checkpoint: checkpoint! };

/** Seconds until the slot could begin a need. */
export function loadSeconds(slot: Slot, need: Loaded, fit: Fit): number {
  const { residencyKey, checkpoint } = need;
  if (slot.resident === residencyKey || slot.inVram.has(residencyKey)) return 0;
  const seconds = tierSeconds(slot, need, fit);
  return slot.checkpoint === checkpoint ? Math.min(seconds, fit.changeSeconds) : seconds;
}

/** Seconds of a load from where the weights lie. */
function tierSeconds(slot: Slot, { residencyKey }: Loaded, fit: Fit): number {
  if (slot.inRam.has(residencyKey)) return fit.loadSeconds.ram;
  return slot.onDisk === 'all' || slot.onDisk.has(residencyKey) ? fit.loadSeconds.disk : fit.loadSeconds.lan;
}

/** The first word of a residency key. */
export function checkpointOf(residencyKey: string): string {
  const end = residencyKey.indexOf(' ');
  return end < 0 ? residencyKey : residencyKey.slice(0, end);
}
