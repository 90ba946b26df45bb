import { secondsOfTasks } from '../cost.js';
import { loadSeconds, type Slot } from '../slots.js';
import type { Need, WorkIndex } from '../work.js';
import type { Problem } from './draft.js';

/** A lot of more runs than this is as good as made of whole ones. */
const manyRuns = 8;

/** Seconds that giving up what is loaded is held to cost beside the load itself. */
export const replacing = 0.05;

/**
 * Slots and unplanned work of needs in numbers.
 * @param finish seconds from now until a slot is through with what it has
 * @param readsAhead whether a slot that works reads what it loads next
 */
export function toProblem(
  slots: readonly Slot[],
  needs: readonly Need[],
  index: WorkIndex,
  finish: (slot: Slot) => number,
  readsAhead: boolean,
): Problem {
  const kinds = new Map<number, number>();
  const profiles: Slot['profile'][] = [];
  const kind = Int32Array.from(slots, ({ profile }) => {
    const known = kinds.get(profile.id);
    if (known !== undefined) return known;
    kinds.set(profile.id, profiles.length);
    return profiles.push(profile) - 1;
  });
  const keys = new Map<string, number>();
  /** By key, the first lot with it. */
  const firsts = new Map<string, number>();
  const groupOf = new Map<string, number>();
  for (const { checkpoint } of needs) if (!groupOf.has(checkpoint)) groupOf.set(checkpoint, groupOf.size);
  const change = new Float64Array(profiles.length * groupOf.size);
  const setup = new Float64Array(needs.length * slots.length);
  // What an empty slot loads first comes from where it lies: that much later does it begin, at least.
  const late = new Float64Array(slots.length).fill(Infinity);
  const lots = needs.map((need, u) => {
    const fits = profiles.map((profile) => index.fit(need, profile));
    const group = groupOf.get(need.checkpoint)!;
    fits.forEach((fit, k) => {
      const at = k * groupOf.size + group;
      change[at] = Math.max(change[at]!, fit.changeSeconds);
    });
    const first = firsts.get(need.residencyKey);
    if (first === undefined) firsts.set(need.residencyKey, u);
    slots.forEach((slot, i) => {
      const held = slot.segments.some((segment) => segment.need.residencyKey === need.residencyKey);
      const near = slot.segments.some((segment) => segment.need.checkpoint === need.checkpoint);
      const fit = fits[kind[i]!]!;
      const load = held ? 0 : Math.min(loadSeconds(slot, need, fit), near ? fit.changeSeconds : Infinity);
      const ahead = readsAhead ? Math.min(load, fit.loadSeconds.ram) : load;
      // Of slots that load for the same time an empty one goes first.
      const replaces = load > 0 && slot.resident !== undefined && slot.segments.length === 0;
      const seconds = ahead + (replaces ? replacing : 0);
      // Lots with one key pay one price.
      setup[u * slots.length + i] = first === undefined ? seconds : setup[first * slots.length + i]!;
      if (!fit.lack) late[i] = Math.min(late[i]!, load - ahead);
    });
    const count = need.remaining - need.planned;
    const seconds = Float64Array.from(fits, (fit) => {
      if (fit.lack) return Infinity;
      return count > manyRuns * fit.runs.at(-1)!.size ? fit.seconds : secondsOfTasks(fit, count) / count;
    });
    if (!keys.has(need.residencyKey)) keys.set(need.residencyKey, keys.size);
    return { count, key: keys.get(need.residencyKey)!, group, seconds };
  });
  const start = Float64Array.from(slots, (slot, i) =>
    slot.occupied === 0 && slot.segments.length === 0 && late[i]! < Infinity ? finish(slot) + late[i]! : finish(slot),
  );
  return { start, kind, kinds: profiles.length, lots, setup, change, groups: groupOf.size };
}
