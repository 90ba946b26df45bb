/**
 * A product of axes without some of its cells, addressed by rank: the cells that are left, counted in the order in
 * which the last axis is the fastest.
 *
 * Inside is a decision diagram with a level per axis. A node branches only where an exclusion or a filter names a
 * position; all other positions share one branch. So the cost follows the number of exclusions, never the product.
 */
import { AtelierError } from '@atelier/contracts';

/** A cell: one position per axis. */
export type Cell = readonly number[];
/** Positions that must be equal for a cell to match; undefined matches any. */
export type Pattern = readonly (number | undefined)[];
/** Positions of one axis that are let through. */
export type Filter = { only: number } | { except: readonly number[] } | undefined;

interface Node {
  /** Cells below. */
  count: number;
  /** Positions with a branch of their own, ascending, each with the number of cells below all earlier positions. */
  named: readonly { position: number; before: number; node: Node }[];
  /** The branch of every other position; absent at the last level. */
  rest: Node | undefined;
}

const leaf: Node = { count: 1, named: [], rest: undefined };
const nothing: Node = { count: 0, named: [], rest: undefined };

/** Exclusions to follow through branches, for a set and all that are filtered from it: a bound on hostile lists. */
const maximumWork = 5_000_000;

export class CellSet {
  private readonly root: Node;

  constructor(
    /** Positions per axis. */
    private readonly sizes: readonly number[],
    private readonly excluded: readonly Pattern[] = [],
    filters: readonly Filter[] = [],
    private readonly work = { left: maximumWork },
  ) {
    this.root = build(sizes, excluded, filters, work);
  }

  get count(): number {
    return this.root.count;
  }

  /** The cells of this set that the filters, one per axis, let through. */
  filtered(filters: readonly Filter[]): CellSet {
    return new CellSet(this.sizes, this.excluded, filters, this.work);
  }

  /** The cell with `rank` (0 to count - 1). */
  at(rank: number): number[] {
    const cell: number[] = [];
    let node = this.root;
    for (let level = 0; level < this.sizes.length; level++) {
      const next = lastStartingAt(node.named, rank);
      const named = next >= 0 ? node.named[next]! : undefined;
      if (named && rank < named.before + named.node.count) {
        cell.push(named.position);
        rank -= named.before;
        node = named.node;
        continue;
      }
      const start = named ? named.before + named.node.count : 0;
      const below = node.rest!;
      cell.push((named ? named.position + 1 : 0) + Math.floor((rank - start) / below.count));
      rank = (rank - start) % below.count;
      node = below;
    }
    return cell;
  }

  /** The rank of a cell of the set. */
  rankOf(cell: Cell): number {
    let rank = 0;
    let node = this.root;
    for (const position of cell) {
      const named = node.named.findLast((branch) => branch.position <= position);
      if (named?.position === position) {
        rank += named.before;
        node = named.node;
        continue;
      }
      const below = node.rest!;
      rank += named
        ? named.before + named.node.count + (position - named.position - 1) * below.count
        : position * below.count;
      node = below;
    }
    return rank;
  }
}

/** Index of the last branch that starts at or below `rank` and is not empty there. */
function lastStartingAt(named: Node['named'], rank: number): number {
  let low = 0;
  let high = named.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (named[middle]!.before <= rank) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function build(
  sizes: readonly number[],
  excluded: readonly Pattern[],
  filters: readonly Filter[],
  work: { left: number },
): Node {
  const known = new Map<string, Node>();
  const lastLevel = excluded.map((pattern) => pattern.findLastIndex((position) => position !== undefined));

  /** The node at `level` when of the exclusions only `active`, ascending, can still match. */
  function nodeAt(level: number, active: readonly number[]): Node {
    if (active.some((id) => lastLevel[id]! < level)) return nothing;
    if (level === sizes.length) return leaf;
    work.left -= active.length;
    if (work.left < 0) {
      const reason = 'matrix.exclude crosses too many axes to be counted; list fewer combinations.';
      throw new AtelierError('batch_too_large', reason, 'matrix.exclude');
    }
    const key = `${level}:${active.join()}`;
    const found = known.get(key);
    if (found) return found;
    const node = branch(level, active);
    known.set(key, node);
    return node;
  }

  function branch(level: number, active: readonly number[]): Node {
    const filter = filters[level];
    const size = sizes[level]!;
    const anywhere: number[] = [];
    const byPosition = new Map<number, number[]>();
    for (const id of active) {
      const position = excluded[id]![level];
      if (position === undefined) anywhere.push(id);
      else if (!byPosition.get(position)?.push(id)) byPosition.set(position, [id]);
    }
    const below = (position: number | undefined) => {
      if (!passes(filter, position)) return nothing;
      const here = position === undefined ? undefined : byPosition.get(position);
      return nodeAt(level + 1, here ? [...anywhere, ...here].sort((a, b) => a - b) : anywhere);
    };

    const filtered = !filter ? [] : 'only' in filter ? [filter.only] : filter.except;
    const positions = [...new Set([...filtered, ...byPosition.keys()])].sort((a, b) => a - b);
    const rest = positions.length < size ? below(undefined) : nothing;
    let count = 0;
    let next = 0;
    const named = positions.map((position) => {
      const before = count + (position - next) * rest.count;
      const node = below(position);
      count = before + node.count;
      next = position + 1;
      return { position, before, node };
    });
    return { count: count + (size - next) * rest.count, named, rest };
  }

  return nodeAt(
    0,
    excluded.map((_, id) => id),
  );
}

/** Whether a filter lets a position through; undefined is any that the filter does not name. */
function passes(filter: Filter, position: number | undefined): boolean {
  if (!filter) return true;
  if ('only' in filter) return position === filter.only;
  return position === undefined || !filter.except.includes(position);
}
