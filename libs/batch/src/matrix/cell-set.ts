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

/** Far more than any readable list of exclusions needs; bounds time and memory for hostile ones. */
const maximumNodes = 200_000;

export class CellSet {
  private readonly root: Node;

  constructor(
    /** Positions per axis. */
    private readonly sizes: readonly number[],
    private readonly excluded: readonly Pattern[] = [],
    filters: readonly Filter[] = [],
  ) {
    this.root = build(sizes, excluded, filters);
  }

  get count(): number {
    return this.root.count;
  }

  /** The cells of this set that the filters, one per axis, let through. */
  filtered(filters: readonly Filter[]): CellSet {
    return new CellSet(this.sizes, this.excluded, filters);
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

function build(sizes: readonly number[], excluded: readonly Pattern[], filters: readonly Filter[]): Node {
  const known = new Map<string, Node>();

  /** The node at `level` when of the exclusions only `active` can still match. */
  function nodeAt(level: number, active: readonly number[]): Node {
    if (active.some((id) => excluded[id]!.slice(level).every((position) => position === undefined))) return nothing;
    if (level === sizes.length) return leaf;
    const key = `${level}:${active.join()}`;
    const found = known.get(key);
    if (found) return found;
    if (known.size === maximumNodes) {
      throw new AtelierError(
        'batch_too_large',
        'matrix.exclude crosses too many axes to be counted; list fewer combinations.',
        'matrix.exclude',
      );
    }
    const node = branch(level, active);
    known.set(key, node);
    return node;
  }

  function branch(level: number, active: readonly number[]): Node {
    const filter = filters[level];
    const size = sizes[level]!;
    const filtered = !filter ? [] : 'only' in filter ? [filter.only] : filter.except;
    const passes = (position: number | undefined) =>
      !filter ||
      ('only' in filter ? position === filter.only : position === undefined || !filter.except.includes(position));
    const below = (position: number | undefined) =>
      passes(position)
        ? nodeAt(
            level + 1,
            active.filter((id) => excluded[id]![level] === undefined || excluded[id]![level] === position),
          )
        : nothing;

    const positions = new Set([...filtered, ...active.flatMap((id) => excluded[id]![level] ?? [])]);
    const rest = positions.size < size ? below(undefined) : nothing;
    let count = 0;
    let next = 0;
    const named = [...positions]
      .sort((a, b) => a - b)
      .map((position) => {
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
