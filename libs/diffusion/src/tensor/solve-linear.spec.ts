import { expect, test } from 'vitest';
import { solveLinear } from './solve-linear.js';

test('solves a system that needs its rows swapped', () => {
  const solution = solveLinear(
    [
      [0, 2, 1],
      [1, 1, 1],
      [2, 0, -1],
    ],
    [7, 6, -1],
  );
  [1, 2, 3].forEach((value, i) => expect(solution[i]).toBeCloseTo(value, 12));
});

test('solves the empty system', () => {
  expect(solveLinear([], [])).toEqual([]);
});
