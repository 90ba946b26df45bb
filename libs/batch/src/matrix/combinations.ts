/** The combinations of a matrix: the product of its axes, less what is excluded, plus what is included. */
import { maximumGroups, tooManyClasses } from '../limits.js';
import type { Matrix } from '../schema/batch.js';
import { perPicture, type SettingName, type Settings } from '../schema/settings.js';
import { axesOf, type Axis, type SettingValue } from './axes.js';
import { CellSet, type Cell, type Filter, type Pattern } from './cell-set.js';

/** Combinations that agree in all settings but the per-picture ones. */
export interface CombinationGroup {
  count: number;
  /** Rank of the group's combination number `ordinal`. */
  rankOf(ordinal: number): number;
}

type Entries = [SettingName, SettingValue][];
const entriesOf = (settings: Settings) => Object.entries(settings) as Entries;

export class Combinations {
  readonly axes: readonly Axis[];
  readonly cells: CellSet;
  /** The entries of `include`. */
  readonly included: readonly Settings[];
  /** Combinations that `include` adds as a whole, after those of the axes. */
  readonly added: readonly Settings[];
  /** Fields that `include` adds to the cells that match; the later win. */
  private readonly extensions: readonly { pattern: Pattern; fields: Settings }[];

  constructor(matrix: Matrix | undefined) {
    this.axes = axesOf(matrix);
    this.cells = new CellSet(
      this.axes.map(({ size }) => size),
      [...(matrix?.exclude ?? []).map((combination) => this.patternOf(combination)!), ...this.noCells(matrix)],
    );
    this.included = matrix?.include ?? [];
    const extensions: { pattern: Pattern; fields: Settings }[] = [];
    const added: Settings[] = [];
    for (const combination of this.included) {
      const extension = this.extensionOf(combination);
      if (extension) extensions.push(extension);
      else added.push(combination);
    }
    this.extensions = extensions;
    this.added = added;
  }

  get count(): number {
    return this.cells.count + this.added.length;
  }

  /** The settings of the combination with `rank`: axes first, in document order, then what was added. */
  at(rank: number): Settings {
    if (rank >= this.cells.count) return this.added[rank - this.cells.count]!;
    const cell = this.cells.at(rank);
    const settings: Settings = {};
    this.axes.forEach((axis, level) => Object.assign(settings, { [axis.key]: axis.valueAt(cell[level]!) }));
    for (const { pattern, fields } of this.extensions) if (matches(cell, pattern)) Object.assign(settings, fields);
    return settings;
  }

  /** The rank of the combination at one position of every axis; null where it is excluded. */
  rankOf(cell: Cell): number | null {
    if (this.cells.count === 0) return null;
    const rank = Math.min(this.cells.rankOf(cell), this.cells.count - 1);
    const found = this.cells.at(rank);
    return found.every((position, level) => position === cell[level]) ? rank : null;
  }

  /** Groups that together hold every combination once. Throws `batch_too_large` when they are far too many. */
  groups(): CombinationGroup[] {
    const options = this.axes.map((axis, level) => this.filtersOf(axis, level));
    const product = options.reduce((product, { length }) => product * length, 1);
    if (product > maximumGroups) throw tooManyClasses();
    const groups: CombinationGroup[] = [];
    for (const filters of cartesian(options)) {
      const cells = this.cells.filtered(filters);
      if (cells.count > 0)
        groups.push({ count: cells.count, rankOf: (ordinal) => this.cells.rankOf(cells.at(ordinal)) });
    }
    this.added.forEach((_, i) => groups.push({ count: 1, rankOf: () => this.cells.count + i }));
    return groups;
  }

  /** Without axes there is no combination but those of `include`; without `include` there is the empty one. */
  private noCells(matrix: Matrix | undefined): Pattern[] {
    return this.axes.length === 0 && matrix?.include ? [[]] : [];
  }

  /** The positions that `combination` asks for; undefined when a value is on no axis. Other fields are passed over. */
  private patternOf(combination: Settings): Pattern | undefined {
    const pattern = this.axes.map((axis) => {
      const value = combination[axis.key];
      return value === undefined ? undefined : axis.positionOf(value);
    });
    return pattern.includes(-1) ? undefined : pattern;
  }

  /** An entry of `include` extends the cells that it matches, if there is one. */
  private extensionOf(combination: Settings): { pattern: Pattern; fields: Settings } | undefined {
    const pattern = this.patternOf(combination);
    if (!pattern) return undefined;
    const filters = pattern.map((position) => (position === undefined ? undefined : { only: position }));
    if (this.cells.filtered(filters).count === 0) return undefined;
    const keys = new Set(this.axes.map(({ key }) => key));
    return { pattern, fields: Object.fromEntries(entriesOf(combination).filter(([key]) => !keys.has(key))) };
  }

  /** How the positions of an axis fall apart: each for itself where it decides a class, together where it does not. */
  private filtersOf(axis: Axis, level: number): Filter[] {
    if (!perPicture.has(axis.key)) {
      if (axis.size > maximumGroups) throw tooManyClasses();
      return Array.from({ length: axis.size }, (_, only) => ({ only }));
    }
    const decisive = this.extensions
      .filter(({ fields }) => entriesOf(fields).some(([key]) => !perPicture.has(key)))
      .flatMap(({ pattern }) => pattern[level] ?? []);
    const named = [...new Set(decisive)].sort((a, b) => a - b);
    if (named.length === 0) return [undefined];
    const rest = named.length < axis.size ? [{ except: named }] : [];
    return [...named.map((only) => ({ only })), ...rest];
  }
}

const matches = (cell: Cell, pattern: Pattern) =>
  pattern.every((position, level) => position === undefined || position === cell[level]);

function* cartesian<T>(options: readonly (readonly T[])[]): Generator<T[]> {
  const [first, ...others] = options;
  if (!first) {
    yield [];
    return;
  }
  for (const value of first) for (const rest of cartesian(others)) yield [value, ...rest];
}
