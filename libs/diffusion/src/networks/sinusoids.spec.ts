import { expect, test } from 'vitest';
import { guidanceSinusoids, sinusoids } from './sinusoids.js';

test('begins with the fastest wave and ends with the slowest', () => {
  const [first, last] = [1, Math.exp((-Math.log(10000) * 3) / 4)];
  const waves = sinusoids([2], 8);
  expect(waves[0]).toBeCloseTo(Math.sin(2 * first), 6);
  expect(waves[3]).toBeCloseTo(Math.sin(2 * last), 6);
  expect(waves[4]).toBeCloseTo(Math.cos(2 * first), 6);
  expect([...sinusoids([2], 8, { cosineFirst: true })]).toEqual([...waves.slice(4), ...waves.slice(0, 4)]);
});

test('gives a row for each value', () => {
  expect([...sinusoids([0, 5], 4).slice(4)]).toEqual([...sinusoids([5], 4)]);
});

test('tells no guidance as waves of zero', () => {
  expect([...guidanceSinusoids(1, 4)]).toEqual([0, 0, 1, 1]);
});
