import { expect, test } from 'vitest';
import { applied, inverseOf, similarityOf, transformed, type Point } from './similarity.js';

const [angle, size] = [0.4, 1.7];
const turned = { a: size * Math.cos(angle), b: size * Math.sin(angle), left: 12, top: -5 };
const points: Point[] = [
  [3, 4],
  [20, 5],
  [11, 17],
  [5, 25],
  [19, 26],
];

test('finds the similarity that moved points, and its inverse brings them back', () => {
  const targets = points.map((point) => applied(turned, point));
  const found = similarityOf(points, targets);
  for (const key of ['a', 'b', 'left', 'top'] as const) expect(found[key]).toBeCloseTo(turned[key], 10);
  for (const [i, target] of targets.entries()) {
    const [x, y] = applied(inverseOf(found), target);
    expect(x).toBeCloseTo(points[i]![0], 10);
    expect(y).toBeCloseTo(points[i]![1], 10);
  }
});

test('comes as near as any similarity can where points were moved unevenly', () => {
  const targets = points.map(([x, y], i): Point => [2 * x + (i % 2), 2 * y - (i % 3)]);
  const found = similarityOf(points, targets);
  const far = (similarity: typeof found) =>
    points.reduce((sum, point, i) => {
      const [x, y] = applied(similarity, point);
      return sum + (x - targets[i]![0]) ** 2 + (y - targets[i]![1]) ** 2;
    }, 0);
  for (const key of ['a', 'b', 'left', 'top'] as const) {
    for (const by of [-0.01, 0.01]) expect(far({ ...found, [key]: found[key] + by })).toBeGreaterThan(far(found));
  }
});

test('moves pixels, halfway between two of them to their mean, and fills what lies outside', () => {
  const raster = { width: 2, height: 1, pixels: Uint8Array.from([10, 20, 30, 110, 120, 130]) };
  const moved = transformed(raster, { a: 1, b: 0, left: 1.5, top: 0 }, 4, 1, [1, 2, 3]);
  expect([...moved.pixels]).toEqual([1, 2, 3, 6, 11, 17, 60, 70, 80, 56, 61, 67]);
});
