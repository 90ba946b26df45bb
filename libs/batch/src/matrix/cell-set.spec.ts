import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CellSet, type Filter, type Pattern } from './cell-set.js';

const matchesPattern = (cell: number[], pattern: Pattern) =>
  pattern.every((position, level) => position === undefined || position === cell[level]);
const passes = (cell: number[], filters: Filter[]) =>
  filters.every((filter, level) => {
    if (!filter) return true;
    return 'only' in filter ? cell[level] === filter.only : !filter.except.includes(cell[level]!);
  });
const allCells = (sizes: number[]) =>
  sizes.reduce<number[][]>(
    (cells, size) => cells.flatMap((cell) => [...Array(size).keys()].map((i) => [...cell, i])),
    [[]],
  );

const scene = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 0, maxLength: 4 }).chain((sizes) => {
  const position = (level: number) => fc.integer({ min: 0, max: sizes[level]! - 1 });
  const pattern = fc.tuple(...sizes.map((_, level) => fc.option(position(level), { nil: undefined })));
  const filter = (level: number): fc.Arbitrary<Filter> =>
    fc.oneof(
      fc.constant(undefined),
      position(level).map((only) => ({ only })),
      fc.uniqueArray(position(level)).map((except) => ({ except: except.sort((a, b) => a - b) })),
    );
  return fc.record({
    sizes: fc.constant(sizes),
    excluded: fc.array(pattern as fc.Arbitrary<Pattern>, { maxLength: 8 }),
    filters: fc.tuple(...sizes.map((_, level) => filter(level))),
  });
});

describe('a set of cells', () => {
  it('counts, ranks and finds the cells that are left, as a list of them would', () => {
    fc.assert(
      fc.property(scene, ({ sizes, excluded, filters }) => {
        const left = allCells(sizes).filter((cell) => !excluded.some((pattern) => matchesPattern(cell, pattern)));
        const cells = new CellSet(sizes, excluded);
        expect(cells.count).toBe(left.length);
        left.forEach((cell, rank) => {
          expect(cells.at(rank)).toEqual(cell);
          expect(cells.rankOf(cell)).toBe(rank);
        });
        const filtered = cells.filtered(filters);
        const through = left.filter((cell) => passes(cell, filters));
        expect([...Array(filtered.count).keys()].map((rank) => filtered.at(rank))).toEqual(through);
      }),
      { numRuns: 1000, seed: 1 },
    );
  });

  it('needs no room for the product', () => {
    const cells = new CellSet(
      [1e6, 1e6, 1e6],
      [
        [5, undefined, 7],
        [undefined, 3, undefined],
      ],
    );
    expect(cells.count).toBe(1e6 * (1e6 - 1) * 1e6 - (1e6 - 1));
    expect(cells.at(0)).toEqual([0, 0, 0]);
    expect(cells.rankOf([0, 4, 0])).toBe(3e6);
  });

  it('refuses exclusions that cross so many axes that counting them would explode', () => {
    const sizes = Array<number>(12).fill(100);
    const excluded = Array.from({ length: 400 }, (_, i) =>
      sizes.map((_, level) => ((i >> (level % 9)) & 1 ? undefined : (i * 7 + level) % 100)),
    );
    expect(() => new CellSet(sizes, excluded)).toThrow(/matrix.exclude crosses too many axes/);
  });
});
