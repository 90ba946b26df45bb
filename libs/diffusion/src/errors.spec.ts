import { expect, test } from 'vitest';
import { show } from './errors.js';

test.each([
  ['a "b"', '"a \\"b\\""'],
  ['x'.repeat(200), `"${'x'.repeat(100)}"…`],
  [[1, 'a', null, [2, [3]]], '[1, "a", null, […]]'],
  [new Array(9).fill(0), '[0, 0, 0, 0, 0, 0, 0, 0, …]'],
  [{ a: 1 }, '{…}'],
  [undefined, 'undefined'],
  [0.5, '0.5'],
])('shows %j in short', (value, shown) => {
  expect(show(value)).toBe(shown);
});
