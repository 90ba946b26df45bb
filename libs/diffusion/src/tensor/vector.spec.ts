import { expect, test } from 'vitest';
import { clamp, combine } from './vector.js';

const x = Float32Array.of(1, 2);
const y = Float32Array.of(10, 20);

test('sums any number of weighted vectors', () => {
  expect([...combine([2, x])]).toEqual([2, 4]);
  expect([...combine([2, x], [1, y])]).toEqual([12, 24]);
  expect([...combine([2, x], [1, y], [-1, x])]).toEqual([11, 22]);
  expect([...combine([1, x], [1, x], [1, x], [1, y])]).toEqual([13, 26]);
});

test('clamps without touching its input', () => {
  const values = Float32Array.of(-3, 0.5, 3);
  expect([...clamp(values, 1)]).toEqual([-1, 0.5, 1]);
  expect(values[0]).toBe(-3);
});
