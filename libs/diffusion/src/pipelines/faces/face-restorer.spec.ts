import { expect, test } from 'vitest';
import { resize } from '../../image/resize.js';
import { applied } from '../../image/similarity.js';
import { withFace } from './face-restorer.js';

/** A picture in which every place tells where it is. */
const picture = {
  width: 96,
  height: 80,
  pixels: Uint8Array.from(
    { length: 3 * 96 * 80 },
    (_, i) => [(Math.floor(i / 3) % 96) * 2, Math.floor(i / 288) * 3, 90][i % 3]!,
  ),
};
/** A face of 40 pixels that is turned a little, where eyes, nose and mouth of FFHQ are. */
const placed = { a: 39, b: 8, left: 28, top: 15 };
const points = (
  [
    [0.37692, 0.46865],
    [0.62285, 0.46912],
    [0.50124, 0.61331],
    [0.39309, 0.72541],
    [0.6115, 0.72491],
  ] as const
).map((point) => applied(placed, point));

const unchanged = { side: 64, run: (face: typeof picture) => Promise.resolve(face) };
const white = {
  side: 64,
  run: (face: typeof picture) => Promise.resolve({ ...face, pixels: face.pixels.map(() => 255) }),
};

test('a face that comes back as it was leaves the picture as it was', async () => {
  const same = await withFace(picture, picture, points, unchanged, 1);
  expect(Math.max(...same.pixels.map((value, i) => Math.abs(value - picture.pixels[i]!)))).toBeLessThanOrEqual(2);
});

test('shows another face within its square alone, fading at the borders', async () => {
  const other = await withFace(picture, picture, points, white, 1);
  const at = (x: number, y: number) => [...other.pixels.subarray(3 * (y * 96 + x), 3 * (y * 96 + x) + 3)];
  const [x, y] = applied(placed, [0.5, 0.5]).map(Math.round);
  expect(at(x!, y!)).toEqual([255, 255, 255]);
  expect(at(5, 5)).toEqual([10, 15, 90]);
  expect(other.pixels.filter((value) => value > 200 && value < 255).length).toBeGreaterThan(0);
});

test('a face half seen is halfway to the picture', async () => {
  const half = await withFace(picture, picture, points, white, 0.5);
  const [x, y] = applied(placed, [0.5, 0.5]).map(Math.round);
  const i = 3 * (y! * 96 + x!) + 2;
  expect(half.pixels[i]).toBe(Math.round((90 + 255) / 2));
});

test('puts the face of a picture into one twice as large', async () => {
  const large = resize(picture, 192, 160, 'lanczos');
  const other = await withFace(large, picture, points, white, 1);
  const [x, y] = applied(placed, [0.5, 0.5]).map((side) => Math.round(2 * side));
  expect(other.pixels[3 * (y! * 192 + x!)]).toBe(255);
  expect(other.pixels[3 * (4 * 192 + 4)]).toBe(large.pixels[3 * (4 * 192 + 4)]);
});
