/** What memory runs take, by what they were seen to take and by what is reckoned beforehand. */
import type { RunCost } from '../types.js';
import type { History } from './history.js';
import { lowerQuartile } from './robust.js';

/** What a run of so many tasks takes at least, by what is known of its networks, bytes; undefined where nothing is. */
export type Reckoned = (size: number) => number | undefined;

type Seen = Pick<History, 'memory'>;

/**
 * The runs with what they take of a slot's memory. What a size was seen to take on slots of the type is believed; larger
 * ones take as much more as it grew before, or is reckoned to. Of a type without readings the reckoning tells, and what
 * other types saw of groups: a single picture is never kept from a slot by what another type had to spend on it.
 */
export function withMemory(
  runs: readonly RunCost[],
  own: Seen | undefined,
  others: Seen[],
  reckoned: Reckoned,
): RunCost[] {
  return runs.map((run) => ({ ...run, vramBytes: bytesOf(run.size, own, others, reckoned) }));
}

function bytesOf(size: number, own: Seen | undefined, others: readonly Seen[], reckoned: Reckoned): number {
  const seen = seenOf(own);
  const least = reckoned(size) ?? 0;
  if (seen.length === 0) {
    const elsewhere = size === 1 ? [] : others.flatMap((other) => readingOf(other, size) ?? []);
    return elsewhere.length === 0 ? least : Math.max(least, Math.min(...elsewhere));
  }
  const exact = seen.find(([of]) => of === size);
  if (exact) return exact[1];
  const below = seen.findLast(([of]) => of < size);
  // Fewer tasks than were ever seen together take no more than those.
  if (!below) return Math.min(seen[0]![1], least || Infinity);
  return below[1] + (size - below[0]) * growthOf(seen, below[0], size, reckoned);
}

/** Bytes by which a run grows with each task. */
function growthOf(seen: readonly (readonly [number, number])[], from: number, to: number, reckoned: Reckoned): number {
  const upTo = seen.filter(([size]) => size <= from);
  const [a, b] = [upTo.at(-2), upTo.at(-1)!];
  if (a) return Math.max(0, (b[1] - a[1]) / (b[0] - a[0]));
  const [less, more] = [reckoned(from), reckoned(to)];
  return less === undefined || more === undefined ? 0 : (more - less) / (to - from);
}

/** Sizes that were seen, ascending, each with its bytes. */
function seenOf(seen: Seen | undefined): (readonly [number, number])[] {
  const sizes = Object.keys(seen?.memory ?? {}).map(Number);
  return sizes.sort((a, b) => a - b).map((size) => [size, readingOf(seen!, size)!] as const);
}

/** Readings are too high where an earlier run left something behind, hardly ever too low. */
function readingOf({ memory }: Seen, size: number): number | undefined {
  const values = memory[size];
  return values && values.length > 0 ? lowerQuartile(values) : undefined;
}
