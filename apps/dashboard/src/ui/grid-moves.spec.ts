import { describe, expect, it } from 'vitest';
import { columnsFor, moveInGrid } from './grid-moves.js';

const grid = { count: 10, columns: 4, rowsOnScreen: 2 }; // rows 0–3, 4–7, 8–9

describe('moving in a grid', () => {
  it.each([
    ['ArrowRight', 3, 4],
    ['ArrowLeft', 4, 3],
    ['ArrowLeft', 0, null],
    ['ArrowRight', 9, null],
    ['ArrowDown', 5, 9],
    ['ArrowDown', 6, null],
    ['ArrowUp', 5, 1],
    ['ArrowUp', 2, null],
    ['Home', 7, 0],
    ['End', 1, 9],
    ['PageDown', 1, 9],
    ['PageUp', 9, 1],
    ['PageUp', 3, 0],
    ['Enter', 3, null],
  ])('%s from %i leads to %s', (key, from, to) => expect(moveInGrid(key, from, grid)).toBe(to));

  it('has nowhere to go in an empty grid', () => expect(moveInGrid('End', 0, { ...grid, count: 0 })).toBeNull());
});

it('fits columns with their gaps', () => {
  expect(columnsFor(0, 160, 8)).toBe(2);
  expect(columnsFor(327, 160, 8)).toBe(2);
  expect(columnsFor(664, 160, 8)).toBe(4);
  expect(columnsFor(663, 160, 8)).toBe(3);
});
