/**
 * Whose turn it is: of the lanes that a slot could serve, those that may be served now. Urgent work first, then what is
 * decisively ahead in priority, then who has had less than his share. Within what is left the plan chooses freely.
 */
import { ageingMsPerPoint, decisivePoints, interactiveShare, interactiveTurnSeconds } from './rules.js';
import { ahead, stopOf, type Owner } from './shares.js';
import { loadSeconds, type Slot, type Slots } from './slots.js';
import type { Profile } from './profile.js';
import { headFor, type Lane, type WorkIndex } from './work.js';

export interface Turn {
  /** Lanes that the slot could serve. Good until the next turn. */
  readonly eligible: readonly Lane[];
  /** Of them, those whose turn it is: some of one, or all. */
  readonly allowed: readonly Lane[];
}

/** The lanes that slots of a profile could serve where all that waits is one owner's and nothing of it is ahead. */
interface Level {
  readonly version: number;
  readonly owner: Owner;
  readonly lanes: readonly Lane[];
  /** When one of them may have aged enough to be ahead, ms. */
  readonly until: number;
}

export class Gates {
  /** Slots that run interactive work. */
  interactiveRuns = 0;
  /** A slot was refused work because of a limit that another slot's end can lift. */
  limited = false;
  /** The last turn left out work that has failed on the slot's node: its like may see more. */
  avoided = false;
  /** In the last turn batches waited for the slot. */
  private batchesWait = false;
  private turns = 0;
  private readonly found: Lane[] = [];
  /** By profile. */
  private readonly levels: (Level | undefined)[] = [];
  /** Slots of this profile may serve whatever they can. */
  private unheld: Profile | undefined;

  constructor(
    private readonly index: WorkIndex,
    private readonly slots: Slots,
  ) {}

  turn(slot: Slot, at: number): Turn {
    const level = this.levelOf(slot, at);
    if (level) return { eligible: level.lanes, allowed: level.lanes };
    const { profile, nodeId } = slot;
    const { suspended } = this.index;
    const eligible = this.found;
    eligible.length = 0;
    this.avoided = false;
    let lastOwner: Owner | undefined;
    let stopped = false;
    let anyStopped = false;
    let [top, least] = [-Infinity, Infinity];
    let [pressing, oneOwner] = [false, true];
    this.batchesWait = false;
    for (const lane of this.index.lanes) {
      const { need, owner, items } = lane;
      if ((need.fits[profile.id] ?? this.index.fit(need, profile)).lack) continue;
      if (suspended.size > 0 && suspended.has(need.residencyKey)) continue;
      if (items[0]!.avoid.length > 0 && !headFor(lane, nodeId)) {
        this.avoided = true;
        continue;
      }
      if (owner !== lastOwner) stopped = this.stops(slot, owner);
      lastOwner = owner;
      if (stopped) {
        anyStopped = true;
        continue;
      }
      eligible.push(lane);
      const priority = this.effectivePriority(lane, at);
      if (priority > top) top = priority;
      if (priority < least) least = priority;
      if (lane.interactive || lane.deadlineAt < Infinity) pressing = true;
      if (!lane.interactive) this.batchesWait = true;
      if (owner !== eligible[0]!.owner) oneOwner = false;
    }
    if (eligible.length < 2) return { eligible, allowed: eligible };
    let first: readonly Lane[] = pressing ? this.urgent(slot, eligible, at) : [];
    if (first.length === 0) {
      first = eligible;
      const enough = slot.batchTurn || (this.slots.count > 1 && !this.interactiveGoesFirst);
      if (enough && this.batchesWait) {
        first = eligible.filter(({ interactive }) => !interactive);
        top = first.reduce((most, lane) => Math.max(most, this.effectivePriority(lane, at)), -Infinity);
      }
      const bar = top - decisivePoints;
      if (least <= bar) first = first.filter((lane) => this.effectivePriority(lane, at) > bar);
    }
    this.noteLevel(slot, eligible, !pressing && oneOwner && !anyStopped);
    return { eligible, allowed: oneOwner ? first : this.fair(slot, first) };
  }

  /** Marks the lanes of the slot's turn that may be served: `mayServe` tells until the next call. */
  mark({ profile }: Slot, lanes: readonly Lane[]): void {
    this.turns += 1;
    this.unheld = lanes === this.levels[profile.id]?.lanes ? profile : undefined;
    if (!this.unheld) for (const lane of lanes) lane.turn = this.turns;
  }

  mayServe({ turn, need }: Lane): boolean {
    return this.unheld ? !this.index.fit(need, this.unheld).lack : turn === this.turns;
  }

  /** What a turn of the slot would find, where that can be told without looking at every lane. */
  private levelOf(slot: Slot, at: number): Level | undefined {
    const level = this.levels[slot.profile.id];
    const { version, avoiding, suspended } = this.index;
    if (!level || level.version !== version || at >= level.until || avoiding > 0 || suspended.size > 0)
      return undefined;
    if (this.stops(slot, level.owner)) return undefined;
    this.avoided = false;
    this.batchesWait = true;
    return level;
  }

  /** @param alike all that the slot can run is one owner's, and nothing of it is urgent */
  private noteLevel({ profile }: Slot, eligible: readonly Lane[], alike: boolean): void {
    this.levels[profile.id] = undefined;
    const { version, avoiding, suspended } = this.index;
    if (!alike || avoiding > 0 || suspended.size > 0) return;
    let [most, least, oldest] = [-Infinity, Infinity, Infinity];
    for (const { priority, servedAt } of eligible) {
      if (priority > most) most = priority;
      if (priority < least) least = priority;
      if (servedAt < oldest) oldest = servedAt;
    }
    const until = oldest + (decisivePoints - most + least) * ageingMsPerPoint;
    this.levels[profile.id] = { version, owner: eligible[0]!.owner, lanes: [...eligible], until };
  }

  /** Whether a limit keeps a slot from what an owner has waiting. */
  private stops(slot: Slot, owner: Owner): boolean {
    const stop = stopOf(owner);
    if (stop === 'quota') this.limited = true;
    return stop !== undefined && !(stop === 'quota' && runsFor(slot, owner));
  }

  /** Priority of a lane with what it has gained by waiting. */
  effectivePriority({ priority, servedAt }: Lane, at: number): number {
    return priority + (at - servedAt) / ageingMsPerPoint;
  }

  /** Whether interactive work still has less than its share of the slots. */
  get interactiveGoesFirst(): boolean {
    return this.interactiveRuns < Math.max(1, Math.floor(interactiveShare * this.slots.count));
  }

  private urgent(slot: Slot, lanes: readonly Lane[], at: number): readonly Lane[] {
    let earliest = Infinity;
    for (const lane of lanes)
      if (lane.deadlineAt < earliest && this.isCritical(slot, lane, at)) earliest = lane.deadlineAt;
    if (earliest < Infinity) return lanes.filter(({ deadlineAt }) => deadlineAt === earliest);
    return this.interactiveGoesFirst && !slot.batchTurn ? lanes.filter(({ interactive }) => interactive) : [];
  }

  /** The slot was given a run since the last turn: whose turn is it next? */
  noteRun(slot: Slot, interactive: boolean, seconds: number): void {
    if (!interactive) slot.interactiveLead = Math.max(0, slot.interactiveLead - seconds);
    else if (this.batchesWait) slot.interactiveLead += seconds;
    if (slot.interactiveLead >= interactiveTurnSeconds) slot.batchTurn = true;
    if (slot.interactiveLead === 0) slot.batchTurn = false;
  }

  /** A deadline that is kept only if its work begins about now, and can be kept. */
  private isCritical(slot: Slot, { need, items, deadlineAt }: Lane, at: number): boolean {
    const fit = this.index.fit(need, slot.profile);
    const load = loadSeconds(slot, need, fit);
    const tasks = items.reduce((sum, { remaining }) => sum + remaining, 0);
    const left = (deadlineAt - at) / 1000;
    const rounds = Math.ceil(tasks / this.slots.count);
    return left >= load + fit.seconds && left <= 1.5 * (load + rounds * fit.seconds) + 30;
  }

  private fair(slot: Slot, lanes: readonly Lane[]): readonly Lane[] {
    const first = lanes[0]!;
    if (lanes.every(({ owner }) => owner === first.owner)) return lanes;
    const { loan } = slot;
    if (loan && loan.seconds > 0) {
      const own = lanes.filter(({ owner }) => owner === loan.owner);
      if (own.length > 0) return own;
    }
    let least = first;
    for (const lane of lanes) {
      const lead = ahead(lane.owner, least.owner);
      if (lead < 0 || (lead === 0 && lane.need.key < least.need.key)) least = lane;
    }
    const tolerance = this.quantum(slot, least) * Math.max(1, this.slots.count / 8);
    return lanes.filter(({ owner }) => owner === least.owner || ahead(owner, least.owner) <= tolerance);
  }

  /** Seconds for which a slot stays with whom it was given to: long against the load that this costs. */
  quantum(slot: Slot, { need }: Lane): number {
    return 30 + 15 * loadSeconds(slot, need, this.index.fit(need, slot.profile));
  }
}

/** Whether the slot runs something of the owner already. */
export const runsFor = ({ runs }: Slot, owner: Owner): boolean =>
  runs.some(({ charges }) => charges.some((charge) => charge.owner === owner));
