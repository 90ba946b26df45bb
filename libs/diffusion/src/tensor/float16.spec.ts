import { expect, test } from 'vitest';
import { roundToFloat16 } from './float16.js';

test.each([
  [0, 0],
  [1, 1],
  [1 + 2 ** -11, 1],
  [1 + 3 * 2 ** -11, 1 + 2 ** -9],
  [-0.1, -0.0999755859375],
  [65519, 65504],
  [65520, Infinity],
  [2 ** -25, 0],
  [3 * 2 ** -25, 2 ** -23],
])('rounds %d to %d', (value, rounded) => {
  expect(roundToFloat16(value)).toBe(rounded);
});
