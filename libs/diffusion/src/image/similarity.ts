import { channelsOf, type Raster } from './raster.js';

export type Point = readonly [x: number, y: number];

/** Turns, scales and moves points: (x, y) becomes (a x - b y + left, b x + a y + top). */
export interface Similarity {
  a: number;
  b: number;
  left: number;
  top: number;
}

/** The similarity that brings points nearest to others, by least squares (Umeyama 1991, without reflections). */
export function similarityOf(points: readonly Point[], targets: readonly Point[]): Similarity {
  const [from, to] = [meanOf(points), meanOf(targets)];
  let [along, across, size] = [0, 0, 0];
  for (const [i, point] of points.entries()) {
    const [x, y] = [point[0] - from[0], point[1] - from[1]];
    const [u, v] = [targets[i]![0] - to[0], targets[i]![1] - to[1]];
    along += x * u + y * v;
    across += x * v - y * u;
    size += x * x + y * y;
  }
  const [a, b] = [along / size, across / size];
  return { a, b, left: to[0] - a * from[0] + b * from[1], top: to[1] - b * from[0] - a * from[1] };
}

export function inverseOf({ a, b, left, top }: Similarity): Similarity {
  const square = a * a + b * b;
  const [c, d] = [a / square, -b / square];
  return { a: c, b: d, left: -(c * left - d * top), top: -(d * left + c * top) };
}

export function applied({ a, b, left, top }: Similarity, [x, y]: Point): [number, number] {
  return [a * x - b * y + left, b * x + a * y + top];
}

/**
 * The picture that a similarity makes of a raster, as far as it lies in `width` by `height` pixels, a straight line between any
 * two of its own.
 *
 * @param outside colour of what lies beyond the raster
 */
export function transformed(
  raster: Raster,
  similarity: Similarity,
  width: number,
  height: number,
  outside: readonly number[],
): Raster {
  const back = inverseOf(similarity);
  const channels = channelsOf(raster);
  const pixels = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = applied(back, [x, y]);
      for (let c = 0; c < channels; c++) {
        pixels[(y * width + x) * channels + c] = Math.round(sampled(raster, at, c, channels, outside[c]!));
      }
    }
  }
  return { width, height, pixels };
}

/** The value of a channel between four pixels. */
export function sampled(raster: Raster, [x, y]: Point, c: number, channels: number, outside: number): number {
  const { width, height, pixels } = raster;
  const [left, top] = [Math.floor(x), Math.floor(y)];
  if (left < -1 || top < -1 || left >= width || top >= height) return outside;
  const value = (column: number, row: number) =>
    column < 0 || row < 0 || column >= width || row >= height
      ? outside
      : pixels[(row * width + column) * channels + c]!;
  const [right, down] = [x - left, y - top];
  const upper = value(left, top) * (1 - right) + value(left + 1, top) * right;
  const lower = value(left, top + 1) * (1 - right) + value(left + 1, top + 1) * right;
  return upper * (1 - down) + lower * down;
}

function meanOf(points: readonly Point[]): Point {
  const sum = (axis: 0 | 1) => points.reduce((total, point) => total + point[axis], 0) / points.length;
  return [sum(0), sum(1)];
}
