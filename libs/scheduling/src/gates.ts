/**
 * Whose turn it is: of the lanes that a slot could serve, those that may be served now. Urgent work first, then what is
 * decisively ahead in priority, then who has had less than his share. Within what is left the plan chooses freely.
 */
import { ageingMsPerPoint, decisivePoints, interactiveShare } from './rules.js';
import { ahead, stopOf, type Owner } from './shares.js';
import { loadSeconds, type Slot, type Slots } from './slots.js';
import { headFor, type Lane, type WorkIndex } from './work.js';

export interface Turn {
  /** Lanes that the slot could serve. Good until the next turn. */
  readonly eligible: readonly Lane[];
  /** Of them, those whose turn it is: some of one, or all. */
  readonly allowed: readonly Lane[];
}

export class Gates {
  /** Slots that run interactive work. */
  interactiveRuns = 0;
  /** A slot was refused work because of a limit that another slot's end can lift. */
  limited = false;
  /** The last turn left out work that has failed on the slot's node: its like may see more. */
  avoided = false;
  private turns = 0;
  private readonly found: Lane[] = [];

  constructor(
    private readonly index: WorkIndex,
    private readonly slots: Slots,
  ) {}

  turn(slot: Slot, at: number): Turn {
    const { profile, nodeId } = slot;
    const { suspended } = this.index;
    const eligible = this.found;
    eligible.length = 0;
    this.avoided = false;
    let lastOwner: Owner | undefined;
    let stopped = false;
    let [top, least] = [-Infinity, Infinity];
    let [pressing, oneOwner] = [false, true];
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
      if (stopped) continue;
      eligible.push(lane);
      const priority = this.effectivePriority(lane, at);
      if (priority > top) top = priority;
      if (priority < least) least = priority;
      if (lane.interactive || lane.deadlineAt < Infinity) pressing = true;
      if (owner !== eligible[0]!.owner) oneOwner = false;
    }
    if (eligible.length < 2) return { eligible, allowed: eligible };
    const urgent = pressing ? this.urgent(slot, eligible, at) : [];
    let first: readonly Lane[] = urgent;
    if (urgent.length === 0) {
      const level = top - decisivePoints;
      first = least > level ? eligible : eligible.filter((lane) => this.effectivePriority(lane, at) > level);
    }
    return { eligible, allowed: oneOwner ? first : this.fair(slot, first) };
  }

  /** Marks the lanes that may be served: `mayServe` tells until the next call. */
  mark(lanes: readonly Lane[]): void {
    this.turns += 1;
    for (const lane of lanes) lane.turn = this.turns;
  }

  mayServe({ turn }: Lane): boolean {
    return turn === this.turns;
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
    return this.interactiveGoesFirst ? lanes.filter(({ interactive }) => interactive) : [];
  }

  /** A deadline that is kept only if its work begins about now, and can be kept. */
  private isCritical(slot: Slot, { need, items, deadlineAt }: Lane, at: number): boolean {
    const fit = this.index.fit(need, slot.profile);
    const load = loadSeconds(slot, need.residencyKey, fit);
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
    return 30 + 15 * loadSeconds(slot, need.residencyKey, this.index.fit(need, slot.profile));
  }
}

/** Whether the slot runs something of the owner already. */
export const runsFor = ({ runs }: Slot, owner: Owner): boolean =>
  runs.some(({ charges }) => charges.some((charge) => charge.owner === owner));
