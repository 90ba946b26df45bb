import { expect, test } from 'vitest';
import { spanOf } from './span.js';

const walk = { timesteps: [801, 601, 401, 201, 1], order: 1 };

test('leaves out the first steps for a lesser strength', () => {
  expect(spanOf(walk, 5, 1000, {})).toEqual([0, 5]);
  expect(spanOf(walk, 5, 1000, { strength: 0.6 })).toEqual([2, 5]);
  expect(spanOf({ ...walk, order: 2 }, 5, 1000, { strength: 0.6 })[0]).toBe(4);
});

test('parts a walk between two models so that they share no step', () => {
  expect(spanOf(walk, 5, 1000, { to: 0.8 })).toEqual([0, 4]);
  expect(spanOf(walk, 5, 1000, { from: 0.8 })).toEqual([4, 5]);
});
